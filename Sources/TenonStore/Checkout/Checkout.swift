import Glibc
import TenonCore
import TenonFormat

/// Brings what lies at one place to what a pointer names.
struct Checkout {
    let store: Store
    let place: ArtifactPlace
    let only: [RelativePath]
    let discard: Bool
    let durability: CheckoutDurability
    let progress: ProgressSink
    /// Whether something that lies there may be overwritten or removed.
    var overwrites = true
    /// Where files come from; `nil`: from the store's packs.
    var expansion: Expansion?
    /// Whether files may be other names of the expansion's.
    var mayLink = false
    /// What new files and directories go without.
    var mask = CreationMask()

    private static let attempts = 3

    /// Does it; begins anew if something changes under its hands.
    func run(_ pointer: Pointer?) throws -> CheckoutResult {
        var result = CheckoutResult()
        for attempt in 1...Checkout.attempts {
            do {
                try run(pointer, &result)
                return result
            } catch let error as Displacement.Changed {
                if attempt == Checkout.attempts { throw error.tenonError }
            }
        }
        return result
    }

    private func run(_ pointer: Pointer?, _ result: inout CheckoutResult) throws {
        let root = try DirectoryHandle.open(absolute: place.workTreeRoot)
        let target = try pointer.map { try TargetTree($0, name: place.path.lastComponent, store: store) }
        let tree = try store.examine(place, progress)
        guard tree != nil || target != nil else { return }
        let parent = try makeParents(of: place.path, in: root)
        switch (tree, target) {
        case (nil, let target?):
            try putWhole(target, in: parent, &result)
        case (let tree?, let target?) where tree.kind == .tree && target.kind == .tree:
            let change = try TreeChange(from: tree, to: target.entries, only: only)
            if change.isEmpty { return }
            if change.losesContent || !change.modes.isEmpty { try requireOverwriting() }
            if change.losesContent { try save(tree, &result) }
            try TreeUpdate(checkout: self, tree: tree, target: target, change: change, parent: parent).run(&result)
        case (let tree?, let target?):
            guard only.isEmpty else {
                throw TenonError(
                    .conflict, "entries of '\(place.path)' can't be restored", cause: "what lies there is of another kind than the artifact",
                    hint: "restore the whole artifact")
            }
            if isSame(tree, target) { return }
            try requireOverwriting()
            try save(tree, &result)
            try replaceWhole(tree, with: target, in: parent, &result)
        case (let tree?, nil):
            try save(tree, &result)
            try removeWhole(tree, in: parent, &result)
        case (nil, nil): return
        }
    }

    private func requireOverwriting() throws {
        guard !overwrites else { return }
        let path = displayName(Array("\(place.workTreeRoot)/".utf8) + place.path.bytes)
        throw TenonError(
            .conflict, "'\(path)' can't be written to", cause: "something else lies there", hint: "name a directory that is free, or remove it")
    }

    private func isSame(_ tree: ArtifactTree, _ target: TargetTree) -> Bool {
        guard tree.kind == .file, target.kind == .file, let item = tree.nodes.first?.items.first, let entry = target.entries.first else {
            return false
        }
        return item.oid == entry.oid && item.stamp.size == entry.size && (item.kind == .executable) == (entry.kind == .executable)
    }

    /// Stores what lies there and is stored nowhere, with a record for `tenon recover`. Throws `noSpace` before anything is touched.
    private func save(_ tree: ArtifactTree, _ result: inout CheckoutResult) throws {
        guard !discard else { return }
        guard let pointer = try store.content(of: tree).pointer else { return }
        if store.isStored(pointer) { return }
        let time = store.options.now()
        let record = { [place] (pointer: Pointer) throws -> SavedStateRecord in
            try SavedStateRecord(
                repository: place.repositoryID ?? place.workTreeID, workTree: Array(place.workTreeRoot.utf8), artifact: place.path, time: time,
                pointer: pointer)
        }
        // A file may be read again for it, so what is stored says what is saved.
        let stored = try Store.retryingLost {
            try store.ingest(tree, compression: .auto, progress: progress, savedState: record)
        }
        result.saved = try stored.content.pointer.map(record)
    }

    // MARK: Whole artifacts

    private static let wholeName = Array("artifact".utf8)

    private func putWhole(_ target: TargetTree, in parent: DirectoryHandle, _ result: inout CheckoutResult) throws {
        try building(target, in: parent, &result) { displacement in
            try displacement.place(Checkout.wholeName, as: Array(place.path.lastComponent), in: parent)
        }
    }

    private func replaceWhole(
        _ tree: ArtifactTree, with target: TargetTree, in parent: DirectoryHandle, _ result: inout CheckoutResult
    ) throws {
        defer { tree.hold?.release() }
        try building(target, in: parent, &result) { displacement in
            let check = DisplacedCheck(tree: tree, progress: progress)
            try displacement.exchange(
                Checkout.wholeName, with: Array(place.path.lastComponent), in: parent, isAsStored: check.isWholeTreeUnchanged)
        }
        if tree.kind == .tree { result.filesRemoved += tree.fileCount }
    }

    private func removeWhole(_ tree: ArtifactTree, in parent: DirectoryHandle, _ result: inout CheckoutResult) throws {
        let temporary = try makeTemporaryDirectory(in: parent)
        defer { temporary.remove() }
        try progress.check()
        let check = DisplacedCheck(tree: tree, progress: progress)
        try Displacement(temporary: temporary, discard: discard)
            .takeOut(
                Array(place.path.lastComponent), of: parent, temporaryName: Checkout.wholeName, isAsStored: check.isWholeTreeUnchanged)
        store.statCache.forget(place)
        result.filesRemoved += tree.fileCount
    }

    /// Builds the whole artifact beside its place, lets `finish` put it there, and sees to it that it lasts.
    private func building(
        _ target: TargetTree, in parent: DirectoryHandle, _ result: inout CheckoutResult, _ finish: (Displacement) throws -> Void
    ) throws {
        let selected = target.entries.indices.filter { index in isSelected(target.entries[index].path) }
        let files = selected.filter { target.entries[$0].isFile }
        // What shares its blocks or names needs no room; where it comes to copies, the disk says so itself.
        if expansion == nil { try checkSpace(files.map { target.entries[$0] }, in: parent) }
        let temporary = try makeTemporaryDirectory(in: parent)
        defer { temporary.remove() }
        let fresh = temporary.fresh
        let isTree = target.kind == .tree
        if isTree {
            try makeDirectory(Checkout.wholeName, in: fresh)
            for path in TargetTree.directories(for: selected.lazy.map { target.entries[$0] }) {
                try makeDirectory(Checkout.wholeName + [UInt8(ascii: "/")] + path, in: fresh)
            }
            for entry in selected.lazy.map({ target.entries[$0] }) where entry.kind == .symlink {
                try makeSymlink(entry, Checkout.wholeName + [UInt8(ascii: "/")] + entry.path, in: fresh)
            }
        }
        expect(files.lazy.map { target.entries[$0] })
        let entries = target.entries
        let name = { @Sendable (file: Int) in isTree ? Checkout.wholeName + [UInt8(ascii: "/")] + entries[file].path : Checkout.wholeName }
        let stamps: [Int: FileStamp]
        if let expansion {
            let writer = ExpansionWriter(expansion: expansion, isTree: isTree, mayLink: mayLink, mask: mask, progress: progress)
            (stamps, result.method) = try writer.run(files, into: fresh, split: { try split($0, in: fresh) }, name: name)
        } else {
            let plan = try WritePlan(files, of: entries, store: store, progress: progress)
            stamps = try FileWriter(
                plan, of: entries, into: fresh, durability: durability, mask: mask, store: store, progress: progress, name: name
            ).run()
        }
        if durability == .atOnce { try WorkTreeSync.synchronize(parent) }
        try progress.check()
        try finish(Displacement(temporary: temporary, discard: discard))
        if durability == .atOnce { try synchronizeDirectory(parent) }
        store.rememberLater(entries, stamps, at: place)
        result.filesWritten += UInt64(files.count)
        result.bytesWritten += files.reduce(0) { $0 + entries[$1].size }
    }

    private func isSelected(_ path: ArraySlice<UInt8>) -> Bool {
        only.isEmpty || only.contains { path.elementsEqual($0.bytes) || path.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
    }

    // MARK: Shared with TreeUpdate

    func makeTemporaryDirectory(in directory: DirectoryHandle) throws -> TemporaryDirectory {
        try TemporaryDirectory(in: directory, isStored: DisplacedRest(store: store).isStored)
    }

    func expect(_ entries: some Sequence<ManifestEntry>) {
        var bytes: UInt64 = 0
        var files: UInt64 = 0
        for entry in entries where entry.isFile {
            bytes += entry.size
            files += 1
        }
        progress.expect(bytes: bytes, files: files)
    }

    /// Throws `noSpace` if the work tree's volume can't take the files.
    func checkSpace(_ entries: [ManifestEntry], in directory: DirectoryHandle) throws {
        var volume = statvfs()
        guard fstatvfs(directory.descriptor, &volume) == 0 else { return }
        let free = UInt64(volume.f_bavail).multipliedReportingOverflow(by: UInt64(volume.f_frsize))
        let needed = entries.reduce(UInt64(0)) { $0 &+ $1.size }
        guard !free.overflow, free.partialValue < needed else { return }
        throw TenonError(
            .noSpace, "'\(place.path)' can't be written", cause: "it needs \(needed >> 20) MiB, \(free.partialValue >> 20) MiB are free",
            hint: "free some space on the work tree's volume and try again")
    }

    func makeDirectory(_ path: [UInt8], in directory: DirectoryHandle) throws {
        let (parent, name) = try split(path, in: directory)
        try systemCall("make directory", String(decoding: directory.fullName(path), as: UTF8.self)) {
            name.withCString { mkdirat(parent.descriptor, $0, mask.mode(0o777)) }
        }
        try complete(name, in: parent)
    }

    /// Gives a directory that was just made what the process's umask has taken.
    private func complete(_ name: [UInt8], in parent: DirectoryHandle) throws {
        let mode = mask.mode(0o777)
        guard mode & CreationMask.ofProcess != 0 else { return }
        let directory = try parent.directory(name)
        withExtendedLifetime(directory) { CreationMask.complete(directory.descriptor, mode: mode) }
    }

    func makeSymlink(_ entry: ManifestEntry, _ path: [UInt8], in directory: DirectoryHandle) throws {
        let (parent, name) = try split(path, in: directory)
        try systemCall("make symlink", String(decoding: directory.fullName(path), as: UTF8.self)) {
            entry.target.withCString { target in name.withCString { symlinkat(target, parent.descriptor, $0) } }
        }
    }

    /// The directory that `path` lies in, and its name there.
    func split(_ path: [UInt8], in directory: DirectoryHandle) throws -> (DirectoryHandle, [UInt8]) {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return (directory, path) }
        return (try directory.directory(path[..<slash]), Array(path[(slash + 1)...]))
    }

    func synchronizeDirectory(_ directory: DirectoryHandle) throws {
        try systemCall("synchronize", String(decoding: directory.name, as: UTF8.self)) { fsync(directory.descriptor) }
    }

    /// The directory that the artifact lies in, made if need be.
    private func makeParents(of path: RelativePath, in root: DirectoryHandle) throws -> DirectoryHandle {
        var current = root
        for component in path.components.dropLast() {
            let isNew = component.withCString { mkdirat(current.descriptor, $0, mask.mode(0o777)) } == 0
            if !isNew, errno != EEXIST { throw TenonError(errno: errno, "can't make '\(displayName(current.fullName(component)))'") }
            current = try current.directory(component)
            if isNew { CreationMask.complete(current.descriptor, mode: mask.mode(0o777)) }
        }
        return current
    }
}
