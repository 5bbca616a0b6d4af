import Glibc
import TenonCore

/// The lock under which objects of a directory remote are replaced and removed: `flock(2)` on a file in the work directory.
///
/// The kernel gives it back when its holder ends, however it ends; NFS carries it to the server, which gives it back when a host is gone. The file
/// stays, empty, and means nothing.
enum DirectoryLock {
    private static let name = "lock"
    /// A holder needs it for a few system calls.
    private static let limit = Duration.seconds(20)

    /// Runs `body` with the lock. Throws `TransientFailure` if another process holds it too long, `unsupported` where the file system has no locks.
    static func holding<Value>(_ root: borrowing DirectoryRoot, _ body: (borrowing DirectoryRoot) throws -> Value) throws -> Value {
        let file = try open(root)
        try acquire(file, root.path)
        // Closing alone would leave it with a child that is between `fork` and `exec`.
        defer { flock(file.number, LOCK_UN) }
        return try body(root)
    }

    private static func open(_ root: borrowing DirectoryRoot) throws -> Descriptor {
        let work = try root.workDirectory()
        let mode = root.mode & 0o666 | 0o600
        let number = try fileCall("lock the remote", root.path) {
            openat(work.number, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)
        }
        // Past the process's umask; fails where another user made it, with the same mode.
        _ = fchmod(number, mode)
        return Descriptor(number)
    }

    private static func acquire(_ file: borrowing Descriptor, _ path: String) throws {
        let deadline = ContinuousClock.now + limit
        var pause: UInt32 = 1000
        while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            switch number {
            case EINTR: continue
            case EWOULDBLOCK: break
            case ENOLCK, EOPNOTSUPP, ENOSYS:
                throw TenonError(
                    .unsupported, "can't lock the remote '\(displayName(path.utf8))'", cause: "its file system has no locks",
                    hint: "mount it with locks (NFS: without 'nolock'; Lustre: with 'flock')")
            default: throw directoryFailure(number, "lock the remote", path)
            }
            guard ContinuousClock.now < deadline else {
                throw TransientFailure(
                    TenonError(.busy, "can't lock the remote '\(displayName(path.utf8))'", cause: "another process has held its lock for long"),
                    isAnswer: true)
            }
            usleep(pause)
            pause = min(pause * 2, 50_000)
        }
    }
}
