import Glibc
import Synchronization
import TenonAPI
import TenonCore

/// The pipe on which whoever started the daemon waits: one line, `ready`, or what went wrong as JSON.
package final class Readiness: Sendable {
    private let descriptor: Mutex<CInt?>

    /// - Parameter descriptor: that of the pipe; `nil` if nobody waits.
    package init(descriptor: CInt?) {
        if let descriptor { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        self.descriptor = Mutex(descriptor)
    }

    package func announceReady() { write("ready") }

    package func announce(_ failure: TenonError) {
        if let bytes = try? WireCoding.encode(failure) { write(String(decoding: bytes, as: UTF8.self)) }
    }

    /// The first line counts; then the pipe is closed.
    private func write(_ line: String) {
        let open = descriptor.withLock { $0.take() }
        guard let open else { return }
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(open, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            bytes = bytes.dropFirst(count)
        }
        close(open)
    }
}
