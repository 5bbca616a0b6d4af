import Glibc
import Synchronization
import TenonCore

/// The lock on a store, held from opening to closing: one process writes, and none other even looks.
final class StoreLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// A process that was killed between `fork` and `exec` of a child leaves the lock to that child for a moment: it is asked for again, for 0.2 s.
    private static let attempts = 20
    private static let pause: UInt32 = 10_000

    /// Takes the lock at `path`. Throws `busy` if another process has it.
    init(path: String) throws(TenonError) {
        let descriptor = try systemCall("open", path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        var attempts = StoreLock.attempts
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            attempts -= 1
            if number == EWOULDBLOCK, attempts > 0 {
                usleep(StoreLock.pause)
                continue
            }
            let owner = number == EWOULDBLOCK ? StoreLock.owner(descriptor) : nil
            close(descriptor)
            guard number == EWOULDBLOCK else { throw TenonError(errno: number, "can't lock '\(displayName(path.utf8))'") }
            throw TenonError(
                .busy, "the store '\(displayName(parentDirectory(path).utf8))' is in use",
                cause: owner.map { "process \($0) has it open" } ?? "another process has it open")
        }
        let text = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = text.utf8CString.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count - 1, 0) }
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    /// Gives the lock back; safe to repeat. The file stays, or two could each lock a file of their own.
    func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // Closing alone would leave it with a child that is between `fork` and `exec`.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
        }
    }

    private static func owner(_ descriptor: Int32) -> Int? {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: buffer.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
