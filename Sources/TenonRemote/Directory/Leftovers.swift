import Glibc
import TenonCore

/// Files that a crash left in a remote's work directory.
enum Leftovers {
    /// One that nobody has written to for so many seconds, by the clock of the remote's file system, belongs to nobody.
    private static let age = 24 * 3600

    /// Removes those that are old; `now` is a time that the file system itself has just given to a file.
    static func remove(_ root: borrowing DirectoryRoot, now: Int) throws {
        guard let work = try root.directory([Substring(DirectoryRoot.workName)]) else { return }
        for name in try names(in: work, root.path) where name.hasPrefix(IncomingFile.namePrefix) {
            var status = stat()
            guard fstatat(work.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mtim.tv_sec < now - age else { continue }
            _ = unlinkat(work.number, name, 0)
        }
    }
}

/// The names in a directory, in no order, without `.` and `..`. Names that are not UTF-8 are left out: they are no object's.
func names(in directory: borrowing Descriptor, _ path: String) throws -> [String] {
    // `fdopendir` takes the descriptor over and moves its position: it gets one of its own.
    let own = try fileCall("list", path) { openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = fdopendir(own) else {
        let number = errno
        close(own)
        throw directoryFailure(number, "list", path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
        errno = 0
        guard let entry = readdir(stream) else {
            let number = errno
            if number != 0 { throw directoryFailure(number, "list", path) }
            return names
        }
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(validating: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if let name, name != ".", name != ".." { names.append(name) }
    }
}
