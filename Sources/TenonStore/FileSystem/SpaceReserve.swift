import Glibc
import TenonCore

/// A file that does nothing but fill space, so that a full disk still has room for the catalog to say what was stored and what was removed.
struct SpaceReserve: Sendable {
    let path: String
    let byteCount: Int
    let fileSystem: FileSystem

    /// Fills the reserve if it is not full. Having none is no error: the disk may be full already.
    func fill() {
        var information = stat()
        if byteCount == 0 || (stat(path, &information) == 0 && information.st_size >= off_t(byteCount)) { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        let failed = posix_fallocate(descriptor, 0, off_t(byteCount)) != 0
        close(descriptor)
        if failed { _ = unlink(path) }
    }

    /// Gives the space back; whether there was any.
    func release() -> Bool {
        unlink(path) == 0
    }
}
