import Glibc
import TenonClient

/// One of the process's output descriptors, buffered: what a command writes reaches it in few system calls, and nobody's newline rule applies.
///
/// A reader that closed its end (`tenon log | head`) ends the process quietly, as SIGPIPE would have.
struct OutputStream: ~Copyable {
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private static let capacity = 64 << 10

    init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { Self.write(buffer, to: descriptor) }

    mutating func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.capacity { flush() }
    }

    mutating func write(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.capacity { flush() }
    }

    mutating func flush() {
        Self.write(buffer, to: descriptor)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes all of `bytes` now.
    static func write(_ bytes: some Collection<UInt8>, to descriptor: CInt) {
        Array(bytes).withUnsafeBytes { write($0, to: descriptor) }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                _exit(128 + SIGPIPE)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, -1)
            } else if errno != EINTR {
                // What a command does is not undone by a full disk below its log.
                guard descriptor == STDOUT_FILENO else { return }
                let complaint = "tenon: standard output can't be written: \(reason(errno))\n"
                _ = complaint.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
                _exit(2)
            }
        }
    }
}
