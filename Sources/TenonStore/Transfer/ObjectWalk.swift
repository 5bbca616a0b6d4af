import TenonCore
import TenonFormat

/// Goes through the objects that snapshots need (docs/format.md, section 6), with metadata from wherever it is to be had.
package struct ObjectWalk {
    private let contains: (ObjectKey) -> Bool
    private let fetch: (ObjectKey) throws -> [UInt8]

    /// - Parameters:
    ///   - contains: whether the place that is walked has an object; asked to tell a file of one chunk from one with a recipe.
    ///   - fetch: the bytes of a node or recipe; they need not be checked.
    package init(contains: @escaping (ObjectKey) -> Bool, fetch: @escaping (ObjectKey) throws -> [UInt8]) {
        self.contains = contains
        self.fetch = fetch
    }

    /// Calls `body` with the key of every object that `pointer` needs, metadata once it has been read. A key may come more than once.
    ///
    /// - Parameter paths: of a tree, only the entries at and below these, and the nodes that lead there; none means all.
    package func visit(_ pointer: Pointer, only paths: [RelativePath] = [], _ body: (ObjectKey) throws -> Void) throws {
        try visitFiles(pointer, only: paths) { key, _ in try body(key) }
    }

    /// The same, with the first entry of a tree for which an object is needed; `nil` for what tells the entries, and for a file.
    package func visitFiles(
        _ pointer: Pointer, only paths: [RelativePath] = [], _ body: (ObjectKey, ManifestEntry?) throws -> Void
    ) throws {
        guard let root = pointer.manifest else { return try visitFile(pointer.oid, size: pointer.size) { try body($0, nil) } }
        try withoutActuallyEscaping(body) { body in
            let manifest = ManifestReader(root: root) { node in try read(ObjectKey(type: .node, id: node.digest)) { try body($0, nil) } }
            // Many files of a dataset may be the same.
            var seen: Set<Digest> = []
            func visit(_ entry: ManifestEntry) throws {
                guard entry.isFile, seen.insert(entry.oid).inserted else { return }
                try visitFile(OID(entry.oid), size: entry.size) { try body($0, entry) }
            }
            if paths.isEmpty { try manifest.forEach(visit) }
            for path in paths { try manifest.list(path.bytes, visit) }
        }
    }

    private func visitFile(_ oid: OID, size: UInt64, _ body: (ObjectKey) throws -> Void) throws {
        if size == 0 { return }
        let chunk = ObjectKey(type: .data, id: oid.digest)
        let recipe = ObjectKey(type: .recipe, id: oid.digest)
        if contains(chunk) || !contains(recipe) { return try body(chunk) }
        try withoutActuallyEscaping(body) { body in
            let reader = try RecipeReader(object: read(recipe, body), oid: oid, size: size) { node in
                try read(ObjectKey(type: .node, id: node.digest), body)
            }
            try reader.forEachDistinct { try body(ObjectKey(type: .data, id: $0.id.digest)) }
        }
    }

    private func read(_ key: ObjectKey, _ body: (ObjectKey) throws -> Void) throws -> [UInt8] {
        let bytes = try fetch(key)
        try body(key)
        return bytes
    }
}

extension Store {
    /// A walk over what this store has.
    package var walk: ObjectWalk {
        ObjectWalk(contains: { self.contains($0) }, fetch: { try self.read($0) })
    }
}
