import Glibc
import TenonCore

/// The store's directory: its places, and whether it may be used at all.
struct StoreHome: Sendable {
    let path: String

    var packs: String { path + "/packs" }
    var index: String { path + "/index" }
    var repositories: String { path + "/repositories" }
    var quarantine: String { path + "/quarantine" }
    var catalog: String { path + "/catalog.sqlite" }
    var statCache: String { path + "/cache.sqlite" }
    var lock: String { path + "/lock" }
    var identifier: String { path + "/id" }
    var reserve: String { path + "/reserve" }

    static let packSuffix = ".pack"
    static let temporarySuffix = ".tmp"

    func pack(_ id: PackID) -> String { packs + "/" + id.digest.hex + StoreHome.packSuffix }

    /// What is left of a pack that was salvaged; `fsck` adds `toldSuffix` when it has told of it.
    func quarantined(_ id: PackID) -> String { quarantine + "/" + id.digest.hex + StoreHome.packSuffix }

    static let toldSuffix = ".told"

    /// The pack that a file in `packs/` or `quarantine/` is by its name.
    static func packID(fileName: String) -> PackID? {
        guard fileName.hasSuffix(packSuffix) else { return nil }
        return Digest(hex: fileName.dropLast(packSuffix.count)).map(PackID.init)
    }

    /// Makes the directory with what it needs, readable by this user alone, or checks the one that is there.
    ///
    /// Throws `permission` if it belongs to another user or others may write to it, `invalidArgument` on a file system that a store can't live on.
    func prepare(fileSystem: FileSystem) throws(TenonError) {
        try makeWithParents(path, fileSystem: fileSystem)
        try checkPlace()
        for directory in [packs, index, repositories, quarantine] { try fileSystem.makeDirectory(directory) }
    }

    private func makeWithParents(_ path: String, fileSystem: FileSystem) throws(TenonError) {
        var information = stat()
        if stat(path, &information) == 0 { return }
        let parent = parentDirectory(path)
        if parent != path { try makeWithParents(parent, fileSystem: fileSystem) }
        try fileSystem.makeDirectory(path)
    }

    private func checkPlace() throws(TenonError) {
        let name = displayName(path.utf8)
        let descriptor = try systemCall("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        var information = stat()
        try systemCall("read", path) { fstat(descriptor, &information) }
        guard information.st_uid == geteuid() else {
            throw TenonError(
                .permission, "the store '\(name)' is refused", cause: "it belongs to user \(information.st_uid), not to you",
                hint: "set TENON_HOME to a directory of your own")
        }
        guard information.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw TenonError(
                .permission, "the store '\(name)' is refused", cause: "other users may write to it", hint: "chmod 700 '\(name)'")
        }
        if let mount = MountPoint(of: descriptor), let kind = MountPoint.unfitName(mount.type) {
            throw TenonError(
                .invalidArgument, "the store can't be at '\(name)'", cause: "it is on \(kind), where locks and syncs can't be relied on",
                hint: "set TENON_HOME to a directory on a local disk; to share data, add a directory on \(kind) as a remote")
        }
    }

    /// The store's name for itself: made when the store is, and never changed.
    func readOrMakeIdentifier(fileSystem: FileSystem) throws(TenonError) -> String {
        if let bytes = try fileSystem.contents(of: identifier, limit: 256) {
            let text = String(decoding: bytes, as: UTF8.self)
            if text.hasSuffix("\n"), text.utf8.count == 33, text.dropLast().allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
                return String(text.dropLast())
            }
        }
        let fresh = randomName() + randomName()
        try fileSystem.replace(identifier, with: Array((fresh + "\n").utf8))
        return fresh
    }
}
