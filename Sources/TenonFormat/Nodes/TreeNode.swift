import TenonCore

/// A manifest's node, read and checked.
struct TreeNode {
    /// A node one level below.
    struct Child {
        let lastPath: ArraySlice<UInt8>
        let summary: NodeSummary
    }

    let level: UInt8
    /// At level 0.
    let entries: [ManifestEntry]
    /// Above it.
    let children: [Child]
    let shape: NodeShape

    var count: Int { level == 0 ? entries.count : children.count }
    var lastPath: ArraySlice<UInt8> { entries.last?.path ?? children.last?.lastPath ?? [] }

    /// Reads `bytes`, which come after everything up to `previous` has been read, and checks every rule that the node alone can break.
    ///
    /// - Parameters:
    ///   - order: At level 0, carries on over the node's entries.
    ///   - previous: The path after which the node's own must come; empty if it is the first.
    init(parsing bytes: [UInt8], id: NodeID, after previous: ArraySlice<UInt8>, order: inout PathOrder) throws {
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "manifest node \(id) is damaged", cause: cause) }
        guard SHA256Hasher.hash(bytes) == id.digest else { throw damaged("its SHA-256 is not its id") }
        var entries: [ManifestEntry] = []
        var children: [Child] = []
        let (level, shape) = try bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            let (level, count) = try NodeFormat.readHead(&reader, kind: .tree, damaged: damaged)
            var shape = NodeShape(bodyStart: reader.position)
            if level == 0 {
                entries.reserveCapacity(count)
                var last = previous
                for _ in 0..<count {
                    let entry = try TreeNode.readEntry(&reader, bytes: bytes, damaged: damaged)
                    try entry.path.withUnsafeBytes { path in
                        if let problem = last.withUnsafeBytes({ order.accept(path, after: $0) }) {
                            throw damaged("\(problem.rawValue): '\(displayName(path))'")
                        }
                        if let reason = PathCheck.reasonToRefuse(path, known: order.sharedLength) {
                            throw damaged("path '\(displayName(path))' is refused: \(reason)")
                        }
                        try shape.add(end: reader.position, size: entry.size, entryCount: 1, damaged: damaged) { SHA256Hasher.hash(path) }
                    }
                    last = entry.path
                    entries.append(entry)
                }
            } else {
                children.reserveCapacity(count)
                var last = previous
                for _ in 0..<count {
                    let child = try TreeNode.readChild(&reader, bytes: bytes, damaged: damaged)
                    if let reason = child.lastPath.withUnsafeBytes({ PathCheck.reasonToRefuse($0) }) { throw damaged("a path is refused: \(reason)") }
                    guard last.lexicographicallyPrecedes(child.lastPath) else { throw damaged("its paths are out of order") }
                    try shape.add(
                        end: reader.position, size: child.summary.size, entryCount: child.summary.entryCount, damaged: damaged
                    ) { child.summary.id.digest }
                    last = child.lastPath
                    children.append(child)
                }
            }
            guard reader.isAtEnd else { throw damaged("bytes follow its last entry") }
            return (level, shape)
        }
        self.level = level
        self.shape = shape
        self.entries = entries
        self.children = children
    }

    private static func readEntry(_ reader: inout ByteReader, bytes: [UInt8], damaged: (String) -> TenonError) throws -> ManifestEntry {
        guard let rawKind = reader.readByte() else { throw damaged("it is cut off") }
        guard let kind = ManifestEntry.Kind(rawValue: rawKind) else { throw damaged("an entry has the unknown kind \(rawKind)") }
        guard let pathLength = reader.readInteger(), let path = reader.readRange(pathLength) else { throw damaged("a path is cut off") }
        switch kind {
        case .file, .executable:
            guard let size = reader.readInteger(), let oid = reader.readDigest() else { throw damaged("an entry is cut off") }
            return ManifestEntry(path: bytes[path], kind: kind, size: size, oid: oid, target: [])
        case .symlink:
            guard let targetLength = reader.readInteger(), let target = reader.readRange(targetLength) else {
                throw damaged("a symlink's target is cut off")
            }
            if let reason = ManifestEntry.reasonToRefuse(target: bytes[target]) { throw damaged(reason) }
            return ManifestEntry(path: bytes[path], kind: kind, size: 0, oid: ManifestEntry.noOID, target: bytes[target])
        case .directory:
            return ManifestEntry(path: bytes[path], kind: kind, size: 0, oid: ManifestEntry.noOID, target: [])
        }
    }

    private static func readChild(_ reader: inout ByteReader, bytes: [UInt8], damaged: (String) -> TenonError) throws -> Child {
        guard let pathLength = reader.readInteger(), let path = reader.readRange(pathLength) else { throw damaged("a path is cut off") }
        return Child(lastPath: bytes[path], summary: try NodeSummary(reading: &reader, damaged: damaged))
    }
}
