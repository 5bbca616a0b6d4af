import Glibc
import TenonCore

/// A blocking connection to a Unix socket, closed when it is released.
///
/// Blocking on purpose: a command has one request to wait for, and an event loop's threads would cost more than the request. See
/// docs/decisions/client-transport.md.
final class SocketConnection {
    /// Why there is no connection.
    enum Failure: Error {
        /// Nobody listens: no socket, or one that a daemon left behind.
        case nobodyListens
        /// Somebody listens and does not answer in time.
        case timedOut
        /// Anything else.
        case refused(TenonError)
    }

    /// The longest path that fits a socket address, without its final zero.
    static let maximumPathLength = 107

    private let descriptor: CInt
    private var deadline: Int?

    /// Connects to the socket at `path`, of any length, within `timeout`.
    init(path: String, timeout: Duration) throws(Failure) {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw .refused(TenonError(.io, "no socket could be made", cause: reason(errno)))
        }
        setTimeout(SO_SNDTIMEO, timeout)
        let status = SocketConnection.withReachablePath(path) { path in
            withSocketAddress(path) { address, length in retryingInterrupts { connect(descriptor, address, length) } }
        }
        guard status == 0 else {
            switch errno {
            case ENOENT, ECONNREFUSED, ENOTSOCK: throw .nobodyListens
            case EAGAIN, ETIMEDOUT, EINPROGRESS: throw .timedOut
            default:
                throw .refused(TenonError(.noDaemon, "the daemon at '\(displayName(path.utf8))' can't be reached", cause: reason(errno)))
            }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The process at the other end, as the kernel knows it.
    var peer: (process: pid_t, user: uid_t)? {
        // struct ucred of <sys/socket.h>: process, user and group, 32 bits each.
        var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return (credentials.0, credentials.1)
    }

    /// How long `receive` waits; zero waits without end.
    func setReceiveTimeout(_ timeout: Duration) { setTimeout(SO_RCVTIMEO, timeout) }

    /// Until when `receive` waits, by the monotonic clock in milliseconds; then it throws `DeadlinePassed`. `nil` waits without end.
    func waitToReceive(until deadline: Int?) {
        self.deadline = deadline
        setReceiveTimeout(.zero)
    }

    /// The time that was given for an answer is over.
    struct DeadlinePassed: Error {}

    /// Sends all of `bytes`. Throws `closed` where the daemon went away.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        try bytes.withUnsafeBytes { buffer in
            while sent < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                let count = retryingInterrupts { Glibc.send(descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL)) }
                if count < 0 { throw failure("the request could not be sent") }
                sent += count
            }
        }
    }

    /// Reads what has come, at least one byte; 0 at the end.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let deadline {
            let left = deadline - monotonicMilliseconds()
            var waiting = pollfd(fd: descriptor, events: CShort(POLLIN), revents: 0)
            guard left > 0, retryingInterrupts({ poll(&waiting, 1, CInt(clamping: left)) }) != 0 else { throw DeadlinePassed() }
        }
        let count = retryingInterrupts { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
        if count < 0 {
            if errno == ECONNRESET { return 0 }
            throw failure("the daemon's answer could not be read")
        }
        return count
    }

    private func failure(_ message: String) -> any Error {
        switch errno {
        case EPIPE, ECONNRESET: return ClosedEarly()
        case EAGAIN: return TenonError(.noDaemon, message, cause: "the daemon did not answer in time", hint: "tenon daemon logs")
        default: return TenonError(.io, message, cause: reason(errno))
        }
    }

    private func setTimeout(_ option: CInt, _ timeout: Duration) {
        let milliseconds = timeout.milliseconds
        var value = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout.size(ofValue: value)))
    }

    /// Calls `body` with a path of at most 107 bytes that leads to `path`: itself, or through a descriptor of its directory.
    private static func withReachablePath(_ path: String, _ body: (String) -> CInt) -> CInt {
        guard path.utf8.count > maximumPathLength, let slash = path.lastIndex(of: "/") else { return body(path) }
        let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return -1 }
        defer {
            let number = errno
            close(directory)
            errno = number
        }
        return body("/proc/self/fd/\(directory)\(path[slash...])")
    }
}

/// The daemon closed the connection before it answered: it was leaving. The request may be sent again.
struct ClosedEarly: Error {}

/// Calls `body` with a socket address for `path`, which is at most 107 bytes long; a longer one is an address of nothing.
private func withSocketAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count <= SocketConnection.maximumPathLength else {
        errno = ENAMETOOLONG
        return -1
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}
