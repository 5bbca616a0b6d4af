import Glibc
import TenonCore

/// A folder of our own beside an artifact, on the same file system: `.tenon-tmp/<random>/`. It is locked while it is in use.
final class TemporaryDirectory: Sendable {
    /// The name of the folder that holds them all; refused as content.
    static let folder = ".tenon-tmp"

    private let parent: DirectoryHandle
    private let name: [UInt8]
    /// The folder itself, which the lock is on.
    private let handle: DirectoryHandle
    /// What is being built.
    let fresh: DirectoryHandle
    /// What has been taken out of an artifact and is not known yet to be stored as it is. It is left alone if work is cut short.
    let displaced: DirectoryHandle

    private static let freshName = Array("new".utf8)
    private static let displacedName = Array("old".utf8)

    /// Makes one in `parent`, and removes those that nobody has locked: work that was cut short left them.
    init(in parent: DirectoryHandle) throws(TenonError) {
        self.parent = parent
        let folder = Array(TemporaryDirectory.folder.utf8)
        if folder.withCString({ mkdirat(parent.descriptor, $0, 0o700) }) != 0, errno != EEXIST {
            throw TenonError(errno: errno, "can't make '\(displayName(parent.fullName(folder)))'")
        }
        TemporaryDirectory.removeAbandoned(in: parent)
        while true {
            let name = folder + Array("/\(randomName())".utf8)
            if name.withCString({ mkdirat(parent.descriptor, $0, 0o700) }) != 0 {
                let number = errno
                // Another one that ended has removed the folder.
                if number == ENOENT, folder.withCString({ mkdirat(parent.descriptor, $0, 0o700) }) == 0 || errno == EEXIST { continue }
                throw TenonError(errno: number, "can't make '\(displayName(parent.fullName(name)))'")
            }
            let handle = try parent.directory(name)
            guard flock(handle.descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            // Someone may have taken it for abandoned before it was locked.
            guard try parent.status(name) != nil else { continue }
            for part in [TemporaryDirectory.freshName, TemporaryDirectory.displacedName] {
                try systemCall("make", String(decoding: handle.fullName(part), as: UTF8.self)) {
                    part.withCString { mkdirat(handle.descriptor, $0, 0o700) }
                }
            }
            fresh = try handle.directory(TemporaryDirectory.freshName)
            displaced = try handle.directory(TemporaryDirectory.displacedName)
            self.name = name
            self.handle = handle
            return
        }
    }

    /// Removes the folder with all that was being built. What was displaced stays if it is still there.
    func remove() {
        TemporaryDirectory.remove(handle, name: name, in: parent)
        _ = TemporaryDirectory.folder.utf8.withCString { unlinkat(parent.descriptor, $0, AT_REMOVEDIR) }
    }

    private static func remove(_ handle: DirectoryHandle, name: [UInt8], in parent: DirectoryHandle) {
        if let fresh = try? handle.directory(freshName) { TreeRemoval.removeContents(of: fresh) }
        for part in [freshName, displacedName] { _ = part.withCString { unlinkat(handle.descriptor, $0, AT_REMOVEDIR) } }
        _ = name.withCString { unlinkat(parent.descriptor, $0, AT_REMOVEDIR) }
    }

    /// Removes what work that was cut short left in `parent`.
    static func removeAbandoned(in parent: DirectoryHandle) {
        guard let all = try? parent.directory(Array(folder.utf8)) else { return }
        for name in TreeRemoval.names(in: all) {
            guard let handle = try? all.directory(name) else {
                _ = name.withCString { unlinkat(all.descriptor, $0, 0) }
                continue
            }
            guard flock(handle.descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            remove(handle, name: name, in: all)
        }
    }
}

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
        for name in names(in: directory) {
            if name.withCString({ unlinkat(directory.descriptor, $0, 0) }) == 0 { continue }
            guard errno == EISDIR || errno == EPERM, let child = try? directory.directory(name) else { continue }
            removeContents(of: child)
            _ = name.withCString { unlinkat(directory.descriptor, $0, AT_REMOVEDIR) }
        }
    }
}
