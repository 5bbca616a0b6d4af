import Glibc
import TenonCore

/// Removes trees of our own making, never through a symlink.
enum TreeRemoval {
    static func names(in directory: DirectoryHandle) -> [[UInt8]] {
        let copy = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return [] }
        guard let stream = fdopendir(copy) else {
            close(copy)
            return []
        }
        defer { closedir(stream) }
        var result: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E] && name != [0x2E, 0x2E] { result.append(name) }
        }
        return result
    }

    /// Removes all that lies in `directory`; what can't be removed stays.
    static func removeContents(of directory: DirectoryHandle) {
        for name in names(in: directory) { remove(name, in: directory) }
    }

    /// Removes what has `name`, with all that is in it.
    static func remove(_ name: [UInt8], in directory: DirectoryHandle) {
        if name.withCString({ unlinkat(directory.descriptor, $0, 0) }) == 0 { return }
        guard errno == EISDIR || errno == EPERM, let child = try? directory.directory(name) else { return }
        removeContents(of: child)
        _ = name.withCString { unlinkat(directory.descriptor, $0, AT_REMOVEDIR) }
    }
}
