import Glibc

/// The permissions that new files and directories of a work tree go without: the umask of whoever asked for them. The process's own is that of
/// whoever happened to start the daemon.
package struct CreationMask: Sendable {
    private let bits: mode_t

    /// The umask of this process, read when it is first asked for. Nothing may change it then.
    package static let ofProcess: mode_t = {
        let mask = umask(0o077)
        umask(mask)
        return mask
    }()

    /// - Parameter bits: as umask(2) takes them; `nil` stands for the process's own.
    package init(_ bits: UInt32? = nil) {
        self.bits = bits.map { $0 & 0o777 } ?? CreationMask.ofProcess
    }

    /// What is left of `mode`: to make a file or directory with, and to `complete` it by.
    package func mode(_ mode: mode_t) -> mode_t { mode & ~bits }

    /// Gives what was just made with `mode` those of its permissions that the process's umask has taken; no system call if there are none.
    package static func complete(_ descriptor: Int32, mode: mode_t) {
        guard mode & ofProcess != 0 else { return }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return }
        // A directory may have inherited its set-group-ID bit. A file system that has no modes refuses.
        fchmod(descriptor, information.st_mode & 0o7000 | mode)
    }
}
