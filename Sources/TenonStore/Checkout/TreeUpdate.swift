import Glibc
import TenonCore
import TenonFormat

/// Carries out a change of a directory, entry by entry; what is the same is not touched.
struct TreeUpdate {
    let checkout: Checkout
    let tree: ArtifactTree
    let target: TargetTree
    let change: TreeChange
    /// The directory that the artifact lies in.
    let parent: DirectoryHandle

    /// Files up to which each is forced to disk by itself.
    private static let fewFiles = 32

    func run(_ result: inout CheckoutResult) throws {
        let entries = target.entries
        let files = change.writes.map(\.target).filter { entries[$0].isFile }
        // Before the plan, which grows with the sizes that the entries claim.
        try checkout.checkSpace(files.map { entries[$0] }, in: parent)
        let plan = try WritePlan(files, of: entries, store: checkout.store, progress: checkout.progress)
        // Beside the artifact; inside only if that is a mount point of its own.
        let temporary = try checkout.makeTemporaryDirectory(in: try tree.base.isOnSameVolume(as: parent) ? parent : tree.base)
        defer { temporary.remove() }
        // All that is new is ready, and on disk if that is asked for, before the first thing is touched.
        for write in change.writes where entries[write.target].kind == .symlink {
            try checkout.makeSymlink(entries[write.target], TreeUpdate.name(write.target), in: temporary.fresh)
        }
        checkout.expect(files.lazy.map { entries[$0] })
        let stamps = try FileWriter(
            plan, of: entries, into: temporary.fresh, durability: checkout.durability, mask: checkout.mask, store: checkout.store,
            progress: checkout.progress, name: TreeUpdate.name
        ).run()
        if checkout.durability == .atOnce { try synchronize(files, temporary.fresh) }
        try checkout.progress.check()
        let displacement = Displacement(temporary: temporary, discard: checkout.discard)
        try remove(displacement, &result)
        for path in change.newDirectories {
            do {
                try checkout.makeDirectory(path, in: tree.base)
            } catch let error as TenonError where error.code == .conflict {
                throw Displacement.Changed(path: tree.base.fullName(path))
            }
        }
        try place(displacement, &result)
        try changeModes()
        if checkout.durability == .atOnce { try WorkTreeSync.synchronize(tree.base) }
        tree.hold?.release()
        checkout.store.rememberLater(entries, stamps, at: checkout.place)
    }

    /// The name of a target's entry while it lies in the folder of our own.
    private static let name: @Sendable (Int) -> [UInt8] = { Array(String($0).utf8) }

    private func synchronize(_ files: [Int], _ folder: DirectoryHandle) throws {
        guard !files.isEmpty else { return }
        guard files.count <= TreeUpdate.fewFiles else { return try WorkTreeSync.synchronize(folder) }
        for file in files {
            let descriptor = try folder.open(TreeUpdate.name(file), flags: O_RDONLY)
            defer { close(descriptor) }
            try systemCall("synchronize", displayName(target.entries[file].path)) { fsync(descriptor) }
        }
    }

    private func remove(_ displacement: Displacement, _ result: inout CheckoutResult) throws {
        let check = DisplacedCheck(tree: tree, progress: checkout.progress)
        for (number, present) in change.removals.enumerated() {
            let (directory, name) = try checkout.split(present.path, in: tree.base)
            try displacement.takeOut(name, of: directory, temporaryName: Array("out\(number)".utf8)) { directory, name in
                try check.isUnchanged(present.item, of: present.node, directory, name)
            }
            if present.item.kind.isFile { result.filesRemoved += 1 }
        }
        for path in change.removedDirectories {
            let (directory, name) = try checkout.split(path, in: tree.base)
            if name.withCString({ unlinkat(directory.descriptor, $0, AT_REMOVEDIR) }) == 0 { continue }
            let number = errno
            // Something came into it since it was looked at.
            if number == ENOTEMPTY || number == EEXIST || number == ENOENT || number == ENOTDIR {
                throw Displacement.Changed(path: tree.base.fullName(path))
            }
            throw TenonError(errno: number, "can't remove '\(displayName(tree.base.fullName(path)))'")
        }
    }

    private func place(_ displacement: Displacement, _ result: inout CheckoutResult) throws {
        let check = DisplacedCheck(tree: tree, progress: checkout.progress)
        for write in change.writes {
            let entry = target.entries[write.target]
            let (directory, name) = try checkout.split(Array(entry.path), in: tree.base)
            if let present = write.displaced {
                try displacement.exchange(TreeUpdate.name(write.target), with: name, in: directory) { directory, name in
                    try check.isUnchanged(present.item, of: present.node, directory, name)
                }
            } else {
                try displacement.place(TreeUpdate.name(write.target), as: name, in: directory)
            }
            if entry.isFile {
                result.filesWritten += 1
                result.bytesWritten += entry.size
            }
        }
    }

    private func changeModes() throws {
        for (index, present) in change.modes {
            let descriptor = try tree.base.open(present.path, flags: O_RDONLY | O_NONBLOCK)
            defer { close(descriptor) }
            let text = displayName(tree.base.fullName(present.path))
            var information = stat()
            try systemCall("look at", text) { fstat(descriptor, &information) }
            // Whoever may read may execute, and nobody else.
            let mode = information.st_mode & 0o7777
            let wanted = target.entries[index].kind == .executable ? mode | (mode & 0o444) >> 2 : mode & ~0o111
            try systemCall("change the mode of", text) { fchmod(descriptor, wanted) }
        }
    }
}
