import Glibc
import TenonCore

/// Room on the volume that a path lies on.
struct VolumeSpace: Sendable {
    let totalBytes: UInt64
    /// What this user may still fill.
    let freeBytes: UInt64

    init(of path: String) throws(TenonError) {
        var information = statvfs()
        try systemCall("read", path) { statvfs(path, &information) }
        totalBytes = UInt64(information.f_blocks) * UInt64(information.f_frsize)
        freeBytes = UInt64(information.f_bavail) * UInt64(information.f_frsize)
    }
}
