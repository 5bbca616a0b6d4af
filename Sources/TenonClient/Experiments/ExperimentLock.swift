import Glibc
import TenonCore

/// Held by whoever runs an experiment, and by the commands that it starts: as long as one of those lives, so does the lock.
package final class ExperimentLock {
    private let descriptor: CInt

    private static let attempts = 20

    /// `nil` if somebody has it. Throws `io` if it can't be had.
    init?(path: String) throws(TenonError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, "'\(displayName(path.utf8))' can't be locked", cause: reason(errno)) }
        for attempt in 1...ExperimentLock.attempts {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { break }
            guard attempt < ExperimentLock.attempts else {
                close(descriptor)
                return nil
            }
            // Whoever only looks holds it for a moment.
            usleep(5_000)
        }
        self.descriptor = descriptor
    }

    /// From now on programs that this process starts hold it too.
    package func hand() { _ = fcntl(descriptor, F_SETFD, 0) }

    deinit { close(descriptor) }

    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
