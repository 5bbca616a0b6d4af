import TenonCore

/// Builds the manifest of a directory from its entries, in order, with a bounded part of it in memory. After an error it is of no more use.
package struct ManifestBuilder {
    /// What was built.
    package struct Summary: Hashable, Sendable {
        /// What the pointer's `manifest` names.
        package let root: NodeID
        /// All entries: files, symlinks, empty directories.
        package let entryCount: UInt64
        /// Regular files, executable or not: the pointer's `files`.
        package let fileCount: UInt64
        /// Bytes of all regular files: the pointer's `size`.
        package let size: UInt64
    }

    private var tree: NodeTreeBuilder
    private let sink: (NodeID, [UInt8]) throws -> Void
    private var order = PathOrder()
    private var previous: [UInt8] = []
    private var fileCount: UInt64 = 0
    private var entryCount: UInt64 = 0

    /// `sink` receives each node with its id, children before parents, the root last. It may receive the same node twice.
    package init(sink: @escaping (NodeID, [UInt8]) throws -> Void) {
        self.sink = sink
        tree = NodeTreeBuilder(kind: .tree, sink: sink)
        previous.reserveCapacity(256)
    }

    /// Adds the next entry. Entries must come in byte order of their whole paths.
    ///
    /// Throws `invalidArgument` that names the path for one that is refused, out of order, there already, or below another entry.
    package mutating func add(_ entry: ManifestEntry) throws {
        try entry.path.withUnsafeBytes { path in
            try entry.target.withUnsafeBytes { target in
                try add(path: path, kind: entry.kind, size: entry.size, oid: entry.oid, target: target)
            }
        }
    }

    /// The same from parts: `size` and `oid` count for files, `target` for symlinks.
    package mutating func add(
        path: UnsafeRawBufferPointer, kind: ManifestEntry.Kind, size: UInt64 = 0, oid: Digest = ManifestEntry.noOID,
        target: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) throws {
        if let problem = previous.withUnsafeBytes({ order.accept(path, after: $0) }) {
            throw ManifestBuilder.refused(path, problem.rawValue)
        }
        if let reason = PathCheck.reasonToRefuse(path, known: order.sharedLength) { throw ManifestBuilder.refused(path, reason) }
        var length = 1 + encodedLength(ofInteger: UInt64(path.count)) + path.count
        switch kind {
        case .file, .executable:
            guard size <= UInt64(Int64.max) else { throw ManifestBuilder.refused(path, "it is longer than 2^63 − 1 bytes") }
            length += encodedLength(ofInteger: size) + Digest.byteCount
        case .symlink:
            if let reason = ManifestEntry.reasonToRefuse(target: target) { throw ManifestBuilder.refused(path, reason) }
            length += encodedLength(ofInteger: UInt64(target.count)) + target.count
        case .directory: break
        }
        // A node that ends here ends with the path before this one.
        try prepareCut(for: length)
        let isFile = kind == .file || kind == .executable
        try tree.append(size: isFile ? size : 0) { body in
            body.append(kind.rawValue)
            body.appendInteger(UInt64(path.count))
            body.append(contentsOf: path)
            if isFile {
                body.appendInteger(size)
                withUnsafeBytes(
                    of: (oid.words.0.bigEndian, oid.words.1.bigEndian, oid.words.2.bigEndian, oid.words.3.bigEndian)
                ) { body.append(contentsOf: $0) }
            } else if kind == .symlink {
                body.appendInteger(UInt64(target.count))
                body.append(contentsOf: target)
            }
        }
        previous.removeAll(keepingCapacity: true)
        previous.append(contentsOf: path)
        entryCount += 1
        if isFile { fileCount += 1 }
        if tree.mayCut, NodeFormat.isCut(SHA256Hasher.hash(path)) {
            tree.lastPath = previous
            try tree.cut()
        }
    }

    /// Ends the manifest, which goes to the sink with its root.
    package mutating func finish() throws -> Summary {
        tree.lastPath = previous
        let root = try tree.finish().node
        try sink(root.summary.id, root.bytes)
        return Summary(root: root.summary.id, entryCount: entryCount, fileCount: fileCount, size: root.summary.size)
    }

    private mutating func prepareCut(for length: Int) throws {
        guard tree.bodyLength + length > NodeFormat.maximumBodyLength else { return }
        tree.lastPath = previous
        try tree.makeRoom(for: length)
    }

    private static func refused(_ path: UnsafeRawBufferPointer, _ reason: String) -> TenonError {
        TenonError(.invalidArgument, "path '\(displayName(path))' is refused", cause: reason)
    }
}
