import Glibc
import TenonCore

/// Held while hooks are looked at and changed, so that two installations at once do not take each other's scripts for someone else's.
///
/// It is the lock of the shared Git directory itself, which needs no file of its own and ends with the process.
package struct HookLock: ~Copyable {
    private let descriptor: CInt

    package init(commonDirectory: String) throws(TenonError) {
        descriptor = open(commonDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A file system without locks has no two installations at once either.
        guard descriptor < 0 || retryingInterrupts({ flock(descriptor, LOCK_EX) }) == 0 || errno == ENOLCK || errno == EOPNOTSUPP else {
            throw TenonError(.io, "the hooks could not be changed", cause: "the Git directory can't be locked: \(reason(errno))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
