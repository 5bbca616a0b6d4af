import Glibc
import TenonCore

/// The directory of a remote, open for one operation: what lies below it is reached component by component, and never through a symlink.
struct DirectoryRoot: ~Copyable {
    /// Holds what is Tenon's and no object: files being written, and the lock. No object's name begins with a dot.
    static let workName = ".tenon"

    let path: String
    private let descriptor: Descriptor
    /// The mode of everything below: what the root grants to group and others, it grants there too.
    let mode: mode_t

    /// The path itself may lead through symlinks: a person wrote it.
    init(_ path: String) throws {
        let opened = Descriptor(try fileCall("open the remote", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        let status = try opened.status(path)
        self.path = path
        mode = status.st_mode & 0o7777
        descriptor = opened
    }

    /// Opens the directory that `components` lead to; `nil` if it is not there.
    func directory(_ components: some Sequence<Substring>) throws -> Descriptor? {
        var current = Descriptor(try fileCall("open the remote", path) { fcntl(descriptor.number, F_DUPFD_CLOEXEC, 3) })
        var place = path
        for component in components {
            place += "/" + component
            let next = openat(current.number, String(component), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            if next < 0 {
                let number = errno
                if number == ENOENT || isRegularFile(current, String(component)) { return nil }
                throw directoryFailure(number, "open", place)
            }
            current = Descriptor(next)
        }
        return current
    }

    /// The same, but what is not there is made, and stays after a power cut.
    func makeDirectory(_ components: some Sequence<Substring>) throws -> Descriptor {
        var current = Descriptor(try fileCall("open the remote", path) { fcntl(descriptor.number, F_DUPFD_CLOEXEC, 3) })
        var place = path
        for component in components {
            place += "/" + component
            let name = String(component)
            var next = openat(current.number, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            if next < 0, errno == ENOENT {
                if mkdirat(current.number, name, mode) == 0 {
                    // Past the process's umask: the root says who may come in.
                    _ = fchmodat(current.number, name, mode, 0)
                    try synchronize(current, path)
                } else if errno != EEXIST {
                    throw directoryFailure(errno, "make", place)
                }
                next = openat(current.number, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            }
            if next < 0 { throw directoryFailure(errno, "open", place) }
            current = Descriptor(next)
        }
        return current
    }

    /// The directory for what is no object, made if it is not there.
    func workDirectory() throws -> Descriptor {
        try makeDirectory([Substring(DirectoryRoot.workName)])
    }
}

private func isRegularFile(_ directory: borrowing Descriptor, _ name: String) -> Bool {
    var status = stat()
    return fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// Forces a directory's entries to disk.
func synchronize(_ directory: borrowing Descriptor, _ path: String) throws {
    guard fsync(directory.number) != 0 else { return }
    let number = errno
    // Some network and FUSE file systems can't sync a directory, and need not.
    if number != EINVAL && number != ENOTSUP && number != ENOSYS { throw directoryFailure(number, "synchronize", path) }
}
