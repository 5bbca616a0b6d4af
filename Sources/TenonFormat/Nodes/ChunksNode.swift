import TenonCore

/// A recipe's node, read and checked.
struct ChunksNode {
    struct Entry {
        let length: UInt32
        let id: ChunkID
    }

    let level: UInt8
    /// At level 0.
    let entries: [Entry]
    /// Above it.
    let children: [NodeSummary]
    let shape: NodeShape

    var count: Int { level == 0 ? entries.count : children.count }

    /// The size of the part with `index`.
    func size(at index: Int) -> UInt64 { level == 0 ? UInt64(entries[index].length) : children[index].size }

    /// Reads `bytes`, checked by `id` unless they are the root of a recipe, which has none, and checks every rule that the node alone can break.
    init(parsing bytes: [UInt8], id: NodeID?) throws {
        let name = id.map { "recipe node \($0)" } ?? "the root of a recipe"
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "\(name) is damaged", cause: cause) }
        if let id, SHA256Hasher.hash(bytes) != id.digest { throw damaged("its SHA-256 is not its id") }
        var entries: [Entry] = []
        var children: [NodeSummary] = []
        (level, shape) = try bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            let (level, count) = try NodeFormat.readHead(&reader, kind: .chunks, damaged: damaged)
            guard count >= 1 else { throw damaged("it has no entries") }
            var shape = NodeShape(bodyStart: reader.position)
            for _ in 0..<count {
                if level == 0 {
                    guard let length = reader.readInteger(), let digest = reader.readDigest() else { throw damaged("an entry is cut off") }
                    guard length >= 1, length <= UInt64(BlockLimits.maximumRawLength) else {
                        throw damaged("a chunk's length of \(length) is not possible")
                    }
                    entries.append(Entry(length: UInt32(length), id: ChunkID(digest)))
                    try shape.add(end: reader.position, size: length, entryCount: 1, damaged: damaged) { digest }
                } else {
                    let child = try NodeSummary(reading: &reader, damaged: damaged)
                    guard child.size >= child.entryCount else { throw damaged("an entry names a node that can't be") }
                    children.append(child)
                    try shape.add(end: reader.position, size: child.size, entryCount: child.entryCount, damaged: damaged) { child.id.digest }
                }
            }
            guard reader.isAtEnd else { throw damaged("bytes follow its last entry") }
            return (level, shape)
        }
        self.entries = entries
        self.children = children
    }
}
