import Glibc
import TenonCore

/// Removes trees of our own making, never through a symlink.
enum TreeRemoval {
    /// What lies in `directory`. Throws if it can't be listed to its end: a part is never taken for all.
    static func names(in directory: DirectoryHandle) throws(TenonError) -> [[UInt8]] {
        let copy = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw failure(directory, errno) }
        guard let stream = fdopendir(copy) else {
            let number = errno
            close(copy)
            throw failure(directory, number)
        }
        defer { closedir(stream) }
        var result: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                if number != 0 { throw failure(directory, number) }
                return result
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E] && name != [0x2E, 0x2E] { result.append(name) }
        }
    }

    private static func failure(_ directory: DirectoryHandle, _ number: Int32) -> TenonError {
        TenonError(errno: number, "can't list '\(displayName(directory.name))'")
    }

    /// Removes all that lies in `directory`; what can't be removed stays.
    static func removeContents(of directory: DirectoryHandle) {
        for name in (try? names(in: directory)) ?? [] { remove(name, in: directory) }
    }

    /// Removes what has `name`, with all that is in it.
    static func remove(_ name: [UInt8], in directory: DirectoryHandle) {
        if name.withCString({ unlinkat(directory.descriptor, $0, 0) }) == 0 { return }
        guard errno == EISDIR || errno == EPERM, let child = try? directory.directory(name) else { return }
        removeContents(of: child)
        _ = name.withCString { unlinkat(directory.descriptor, $0, AT_REMOVEDIR) }
    }
}
