import Glibc
import TenonCore
import TenonFormat

extension Store {
    /// The expansion of `pointer` below `directory`, written if it is not there yet, or not as it was written. For one caller at a time.
    ///
    /// Throws `missingContent`, `noSpace`, `cancelled`; what was begun is then gone.
    package func expansion(of pointer: Pointer, below directory: String, progress: ProgressSink) throws -> Expansion {
        let name = Store.expansionName(of: pointer)
        let path = "\(directory)/\(name)"
        let isTree = pointer.kind == .tree
        let entries = try TargetTree(pointer, name: Array(Expansion.contentName.utf8)[...], store: self).entries
        if let present = Expansion(intactAt: path, entries: entries, isTree: isTree) {
            // Tells when it was used last.
            utimes(path, nil)
            return present
        }
        try removeExpansion(name, below: directory)
        try FileSystem().makeDirectory(directory)
        let temporary = "\(directory)/new.\(randomName())"
        try FileSystem().makeDirectory(temporary)
        do {
            let place = ArtifactPlace(workTreeRoot: temporary, workTreeID: "elsewhere", path: try RelativePath(Expansion.contentName))
            _ = try checkout(pointer, at: place, only: [], discard: true, progress: progress)
            let made = try Expansion(sealing: temporary, entries: entries, isTree: isTree)
            try FileSystem().rename(temporary, to: path)
            return made.moved(to: path)
        } catch {
            try? removeExpansion(String(temporary.dropFirst(directory.count + 1)), below: directory)
            // The daemon of another machine may have written the same meanwhile.
            if let present = Expansion(intactAt: path, entries: entries, isTree: isTree) { return present }
            throw error
        }
    }

    /// What an expansion of this content is called: two that differ in executable bits, links or empty directories are two.
    package static func expansionName(of pointer: Pointer) -> String {
        let variant = pointer.manifest.map { String($0.digest.hex.prefix(16)) } ?? (pointer.executable ? "executable" : "plain")
        return "\(pointer.kind.rawValue)-\(pointer.oid.digest.hex)-\(variant)"
    }

    /// Whether an expansion of this content lies there, intact or not.
    package func hasExpansion(of pointer: Pointer, below directory: String) -> Bool {
        var information = stat()
        return lstat("\(directory)/\(Store.expansionName(of: pointer))", &information) == 0
    }

    /// Whether the expansion with this name is the one with this identity still, and as it was written.
    package func isExpansionIntact(of pointer: Pointer, below directory: String, identity: UInt64) -> Bool {
        let path = "\(directory)/\(Store.expansionName(of: pointer))"
        guard let entries = try? TargetTree(pointer, name: Array(Expansion.contentName.utf8)[...], store: self).entries,
            let present = Expansion(intactAt: path, entries: entries, isTree: pointer.kind == .tree)
        else { return false }
        return present.identity == identity
    }

    /// Seconds that it takes to write an expansion at most.
    private static let longestWriting = 86_400

    /// Removes an expansion, if it is the one with this identity still.
    package func removeExpansion(of pointer: Pointer, below directory: String, identity: UInt64) throws {
        let name = Store.expansionName(of: pointer)
        var information = stat()
        guard lstat("\(directory)/\(name)", &information) == 0, UInt64(information.st_ino) == identity else { return }
        try removeExpansion(name, below: directory)
    }

    package func removeExpansion(_ name: String, below directory: String) throws {
        var information = stat()
        guard lstat("\(directory)/\(name)", &information) == 0 else { return }
        let parent = try DirectoryHandle.open(absolute: directory)
        TreeRemoval.remove(Array(name.utf8), in: parent)
        guard lstat("\(directory)/\(name)", &information) != 0 else {
            throw TenonError(.io, "'\(displayName("\(directory)/\(name)".utf8))' can't be removed", hint: "remove it by hand")
        }
    }

    /// Removes expansions that nobody has asked for in this many seconds, and what work that was cut short has left a day ago: what is younger may be
    /// under way, by the daemon of another machine that shares the directory.
    package func removeExpansions(below directory: String, unusedFor seconds: Int) {
        for name in (try? FileSystem().names(in: directory)) ?? [] {
            var information = stat()
            guard lstat("\(directory)/\(name)", &information) == 0 else { continue }
            let age = Int(time(nil)) - Int(information.st_mtim.tv_sec)
            if age > (name.hasPrefix("new.") ? Store.longestWriting : seconds) { try? removeExpansion(name, below: directory) }
        }
    }

    /// Brings an expansion's content to `place`, where nothing lies yet.
    ///
    /// - Parameter mayLink: whether whoever works there may only read it.
    package func place(
        _ pointer: Pointer, from expansion: Expansion, at place: ArtifactPlace, mayLink: Bool, mask: CreationMask = CreationMask(),
        progress: ProgressSink
    ) throws -> CheckoutResult {
        try Checkout(
            store: self, place: place, only: [], discard: false, durability: .deferred, progress: progress, expansion: expansion, mayLink: mayLink,
            mask: mask
        ).run(pointer)
    }

    /// How files would come from expansions below `directory`, as a trial with an empty file tells.
    package func expansionMethod(below directory: String) -> ExpansionMethod {
        guard (try? FileSystem().makeDirectory(directory)) != nil, let handle = try? DirectoryHandle.open(absolute: directory) else { return .copy }
        let (source, clone) = (Array("probe.\(randomName())".utf8), Array("probe.\(randomName())".utf8))
        defer { for name in [source, clone] { _ = name.withCString { unlinkat(handle.descriptor, $0, 0) } } }
        let input = handle.tryOpen(source, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        guard input >= 0 else { return .copy }
        defer { Glibc.close(input) }
        var block = [UInt8](repeating: 1, count: 4096)
        _ = write(input, &block, block.count)
        let output = handle.tryOpen(clone, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        guard output >= 0 else { return .copy }
        let isCloned = LinuxCalls.clone(input, to: output) == 0
        Glibc.close(output)
        if isCloned { return .reflink }
        _ = clone.withCString { unlinkat(handle.descriptor, $0, 0) }
        let status = source.withCString { source in clone.withCString { linkat(handle.descriptor, source, handle.descriptor, $0, 0) } }
        return status == 0 ? .link : .copy
    }
}
