import TenonCore
import TenonFormat

extension Store {
    /// The entries of a directory artifact in byte order of their paths: all, or `path` and what lies below it.
    ///
    /// Throws `missingContent` or `corrupt` if the manifest can't be had.
    package func entries(of pointer: Pointer, under path: RelativePath?, _ body: (ManifestEntry) throws -> Void) throws {
        try manifest(of: pointer)?.list(path?.bytes ?? [], body)
    }

    /// How many entries a directory artifact has, as the root of its manifest says; 0 for a file.
    package func entryCount(of pointer: Pointer) throws -> UInt64 {
        try manifest(of: pointer)?.totals().entryCount ?? 0
    }

    /// What turns the directory `old` into `new`, in byte order of the paths; `nil`, and a file, stand for nothing. Cost follows what differs.
    package func difference(_ old: Pointer?, _ new: Pointer?, _ body: (ManifestChange) throws -> Void) throws {
        try ManifestReader.difference(from: old.flatMap(manifest), to: new.flatMap(manifest), body)
    }

    /// Whether the directories `old` and `new` differ at `path` or below it; `nil`, and a file, stand for nothing.
    package func differ(_ old: Pointer?, _ new: Pointer?, at path: RelativePath) throws -> Bool {
        try ManifestReader.differ(old.flatMap(manifest), new.flatMap(manifest), at: path.bytes)
    }

    /// Calls `body` with the bytes of a file in `range`, chunk after chunk; each is checked before it is handed out.
    package func withBytes(
        of oid: OID, size: UInt64, range: Range<UInt64>, progress: ProgressSink = ProgressSink(), _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return }
        // Of a part, all chunks need not be here.
        if range.count == size, let refusal = try refusedRecipes(among: [oid], progress: progress)[oid] { throw refusal }
        guard let recipe = try recipe(of: oid, size: size) else {
            let bytes = try bytes(of: ObjectKey(type: .data, id: oid.digest))
            guard UInt64(bytes.count) == size else {
                throw TenonError(.corrupt, "file \(oid) has \(bytes.count) bytes", cause: "\(size) were expected")
            }
            return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[Int(range.lowerBound)..<Int(range.upperBound)])) }
        }
        try recipe.forEach(in: range) { chunk in
            let bytes = try self.bytes(of: ObjectKey(type: .data, id: chunk.id.digest))
            guard bytes.count == Int(chunk.length) else {
                throw TenonError(.corrupt, "chunk \(chunk.id) has \(bytes.count) bytes", cause: "the recipe of \(oid) says \(chunk.length)")
            }
            let wanted = chunk.range.clamped(to: range)
            let slice = Int(wanted.lowerBound - chunk.offset)..<Int(wanted.upperBound - chunk.offset)
            try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[slice])) }
        }
    }

    /// What lies at `place` now, every file read again whatever the stat cache says. Stores nothing.
    package func read(_ place: ArtifactPlace, progress: ProgressSink) throws -> Observation {
        try Store.retryingVanished {
            guard let tree = try Scanner(place: place, cache: statCache).scan(progress) else { return .absent }
            try FileDigester(tree: tree, progress: progress).digest(tree.files())
            return .present(try tree.content { _, _ in })
        }
    }

    /// The manifest that `pointer` names; `nil` for a file.
    func manifest(of pointer: Pointer) -> ManifestReader? {
        pointer.manifest.map { root in
            ManifestReader(root: root) { [self] node in try read(ObjectKey(type: .node, id: node.digest)) }
        }
    }
}
