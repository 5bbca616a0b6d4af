import Glibc
import TenonCore

/// A folder of our own beside an artifact, on the same file system: `.tenon-tmp/<random>/`. It is locked while it is in use.
final class TemporaryDirectory: Sendable {
    /// The name of the folder that holds them all; refused as content.
    static let folder = ".tenon-tmp"

    private let parent: DirectoryHandle
    /// `.tenon-tmp` in `parent`.
    private let all: DirectoryHandle
    private let name: [UInt8]
    /// The folder itself, which the lock is on.
    private let handle: DirectoryHandle
    /// What is being built.
    let fresh: DirectoryHandle
    /// What has been taken out of an artifact and is not known yet to be stored as it is. It is left alone if work is cut short.
    let displaced: DirectoryHandle

    private static let freshName = Array("new".utf8)
    private static let displacedName = Array("old".utf8)

    /// Makes one in `parent`, and clears those away that nobody has locked: work that was cut short left them. What they had displaced goes only
    /// if `isStored` knows its bytes.
    init(in parent: DirectoryHandle, isStored: (DirectoryHandle, [UInt8]) -> Bool = { _, _ in false }) throws(TenonError) {
        self.parent = parent
        TemporaryDirectory.removeAbandoned(in: try TemporaryDirectory.openFolder(in: parent), isStored)
        while true {
            let all = try TemporaryDirectory.openFolder(in: parent)
            let name = Array(randomName().utf8)
            if name.withCString({ mkdirat(all.descriptor, $0, 0o700) }) != 0 {
                // Another one that ended has removed the folder.
                if errno == ENOENT { continue }
                throw TenonError(errno: errno, "can't make '\(displayName(all.fullName(name)))'")
            }
            let handle = try all.directory(name)
            guard flock(handle.descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            // Someone may have taken it for abandoned before it was locked.
            guard try all.status(name) != nil else { continue }
            for part in [TemporaryDirectory.freshName, TemporaryDirectory.displacedName] {
                try systemCall("make", String(decoding: handle.fullName(part), as: UTF8.self)) {
                    part.withCString { mkdirat(handle.descriptor, $0, 0o700) }
                }
            }
            fresh = try handle.directory(TemporaryDirectory.freshName)
            displaced = try handle.directory(TemporaryDirectory.displacedName)
            self.all = all
            self.name = name
            self.handle = handle
            return
        }
    }

    /// Opens `.tenon-tmp` in `parent`, made if need be. Whatever else has that name is not looked through: a commit may have brought a symlink.
    private static func openFolder(in parent: DirectoryHandle) throws(TenonError) -> DirectoryHandle {
        let name = Array(folder.utf8)
        while true {
            if name.withCString({ mkdirat(parent.descriptor, $0, 0o700) }) != 0, errno != EEXIST {
                throw TenonError(errno: errno, "can't make '\(displayName(parent.fullName(name)))'")
            }
            let descriptor = parent.tryOpen(name, flags: O_RDONLY | O_DIRECTORY)
            if descriptor >= 0 { return DirectoryHandle(owning: descriptor, name: parent.fullName(name)) }
            if errno != ENOENT { throw StagedFile.error(errno, openingFolder: parent.fullName(name)) }
        }
    }

    /// Removes the folder with all that was being built. What was displaced stays if it is still there.
    func remove() {
        TemporaryDirectory.remove(handle, name: name, in: all)
        _ = TemporaryDirectory.folder.utf8.withCString { unlinkat(parent.descriptor, $0, AT_REMOVEDIR) }
    }

    private static func remove(_ handle: DirectoryHandle, name: [UInt8], in all: DirectoryHandle) {
        if let fresh = try? handle.directory(freshName) { TreeRemoval.removeContents(of: fresh) }
        for part in [freshName, displacedName] { _ = part.withCString { unlinkat(handle.descriptor, $0, AT_REMOVEDIR) } }
        _ = name.withCString { unlinkat(all.descriptor, $0, AT_REMOVEDIR) }
    }

    /// Removes what work that was cut short left.
    private static func removeAbandoned(in all: DirectoryHandle, _ isStored: (DirectoryHandle, [UInt8]) -> Bool) {
        for name in (try? TreeRemoval.names(in: all)) ?? [] {
            guard let handle = try? all.directory(name) else {
                StagedFile.removeIfAbandoned(name, in: all)
                continue
            }
            guard flock(handle.descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            if let displaced = try? handle.directory(displacedName) {
                for name in (try? TreeRemoval.names(in: displaced)) ?? [] where isStored(displaced, name) { TreeRemoval.remove(name, in: displaced) }
            }
            remove(handle, name: name, in: all)
        }
    }
}
