import Glibc
import TenonCore

/// The owner of an open descriptor: closes it once, at the latest when it goes away.
package struct FileDescriptorOwner: ~Copyable {
    package private(set) var raw: Int32

    init(_ raw: Int32) { self.raw = raw }

    package var isOpen: Bool { raw >= 0 }

    package mutating func close() {
        if raw >= 0 { _ = Glibc.close(raw) }
        raw = -1
    }

    deinit {
        if raw >= 0 { _ = Glibc.close(raw) }
    }
}

/// A stream socket's two ends, closed on `exec` and above the three standard descriptors.
///
/// Sockets and not pipes: `SOCK_CLOEXEC` makes them without a moment in which another thread's child inherits them, and a write to a child that is
/// gone gives EPIPE without a signal.
struct Channel: ~Copyable {
    var ours: FileDescriptorOwner
    var childs: FileDescriptorOwner

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw systemError("can't make a connection to git")
        }
        ours = FileDescriptorOwner(Channel.aboveStandard(ends[0]))
        childs = FileDescriptorOwner(Channel.aboveStandard(ends[1]))
        _ = fcntl(ours.raw, F_SETFL, fcntl(ours.raw, F_GETFL) | O_NONBLOCK)
    }

    private static func aboveStandard(_ descriptor: Int32) -> Int32 {
        guard descriptor <= 2 else { return descriptor }
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard moved >= 0 else { return descriptor }
        _ = Glibc.close(descriptor)
        return moved
    }
}

/// The error for the system call that has just failed on this thread.
func systemError(_ message: String) -> TenonError {
    let code = errno
    let text = strerror(code).map { String(cString: $0) } ?? "error \(code)"
    return TenonError(code == EACCES || code == EPERM ? .permission : .io, message, cause: text)
}
