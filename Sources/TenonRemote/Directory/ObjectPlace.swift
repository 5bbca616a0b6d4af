import Glibc
import TenonCore

/// Where an object lies, or would: its directory, which is there, and its name in it.
struct ObjectPlace: ~Copyable {
    let directory: Descriptor
    let name: String
    let path: String

    /// What lies there; `nil`: nothing. Throws `corrupt` if that is no regular file.
    func entry(_ object: ObjectName) throws -> ObjectEntry? {
        var status = stat()
        if fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
            let number = errno
            if number == ENOENT { return nil }
            throw directoryFailure(number, "look at", path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return ObjectEntry(object, status)
        // Other objects lie below it; it is none.
        case S_IFDIR: return nil
        default: throw TenonError(.corrupt, "'\(displayName(path.utf8))' is not a regular file")
        }
    }
}

extension DirectoryRoot {
    /// `nil` if the directory is not there.
    func place(of name: ObjectName) throws -> ObjectPlace? {
        let components = name.components
        guard let last = components.last, let directory = try directory(components.dropLast()) else { return nil }
        return ObjectPlace(directory: directory, name: String(last), path: "\(path)/\(name)")
    }

    /// Gives a finished file its name in `directory`; `false` if something has it.
    func place(_ file: IncomingFile, in directory: borrowing Descriptor, as name: ObjectName) throws -> Bool {
        let last = String(name.components.last ?? "")
        do {
            return try file.link(into: directory.number, as: last)
        } catch is NoLinks {
            // Everyone who writes here is without links, and takes the lock as well.
            let target = directory.number
            let isFree = try DirectoryLock.holding(self) { _ in
                var status = stat()
                guard fstatat(target, last, &status, AT_SYMLINK_NOFOLLOW) != 0 else { return false }
                try file.rename(into: target, as: last)
                return true
            }
            return isFree
        }
    }
}
