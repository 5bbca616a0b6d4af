import TenonCore

/// One chunk in its place in a file.
package struct RecipeChunk: Hashable, Sendable {
    package let id: ChunkID
    /// Where it begins in the file.
    package let offset: UInt64
    package let length: UInt32

    package var range: Range<UInt64> { offset..<(offset + UInt64(length)) }
}

/// Reads the recipe of a file, node by node as needed; each is checked by its hash and by every rule of the format.
package struct RecipeReader {
    package let oid: OID
    /// Name of the way in which the file was cut.
    package let profile: String
    /// Of the file, in bytes.
    package var size: UInt64 { root.shape.size }
    package var chunkCount: UInt64 { root.shape.entryCount }

    private let root: ChunksNode
    private let fetch: (NodeID) throws -> [UInt8]

    /// Takes the object stored under (recipe, `oid`).
    ///
    /// Throws `corrupt` that says what is wrong: the object, the file it describes, or `size`, which must be the file's where it is known.
    package init(object: [UInt8], oid: OID, size: UInt64?, fetch: @escaping (NodeID) throws -> [UInt8]) throws {
        let parts = try object.withUnsafeBytes { try RecipeObject.parse($0) }
        guard parts.oid == oid else { throw TenonError(.corrupt, "the recipe of \(oid) is damaged", cause: "it describes \(parts.oid)") }
        let root = try ChunksNode(parsing: parts.root, id: nil)
        guard root.count >= 2 else { throw TenonError(.corrupt, "the recipe of \(oid) is damaged", cause: "its root has fewer than two entries") }
        if let size, size != root.shape.size {
            throw TenonError(.corrupt, "the recipe of \(oid) is damaged", cause: "its chunks have \(root.shape.size) bytes, the file has \(size)")
        }
        self.oid = oid
        profile = parts.profile
        self.root = root
        self.fetch = fetch
    }

    /// Before the chunk that holds the byte at `offset`; at the end if there is none.
    package func chunks(from offset: UInt64 = 0) throws -> RecipeCursor {
        var cursor = RecipeCursor(root: root, fetch: fetch)
        if offset > 0 { try cursor.seek(offset) }
        return cursor
    }

    /// Every chunk of the file at least once, in file order, at a cost that follows how many nodes there are: what lies below one that came before is
    /// passed over. A few nodes that name each other again and again can stand for more chunks than anybody could go through.
    package func forEachDistinct(_ body: (RecipeChunk) throws -> Void) throws {
        var cursor = RecipeCursor(root: root, fetch: fetch)
        cursor.known = [:]
        while let chunk = try cursor.next() { try body(chunk) }
    }

    /// The chunks that hold bytes of `range`, in file order.
    package func forEach(in range: Range<UInt64>, _ body: (RecipeChunk) throws -> Void) throws {
        guard !range.isEmpty else { return }
        var cursor = try chunks(from: range.lowerBound)
        while let chunk = try cursor.next(), chunk.offset < range.upperBound { try body(chunk) }
    }
}

/// A place in a recipe. It holds one node a level.
package struct RecipeCursor {
    private struct Frame {
        let node: ChunksNode
        var index = 0
    }

    private let fetch: (NodeID) throws -> [UInt8]
    private var frames: [Frame]
    private var offset: UInt64 = 0
    private var shapes: [NodeShape?]
    /// The nodes that have been read, where those that come again are to be passed over.
    var known: [NodeID: KnownNode]?

    /// What has to be known of a node to check it where it comes again.
    struct KnownNode {
        let byteCount: Int
        let level: UInt8
        let shape: NodeShape
    }

    init(root: ChunksNode, fetch: @escaping (NodeID) throws -> [UInt8]) {
        self.fetch = fetch
        frames = [Frame(node: root)]
        shapes = Array(repeating: nil, count: Int(root.level))
    }

    /// The next chunk, or `nil` at the end.
    package mutating func next() throws -> RecipeChunk? {
        while let frame = frames.last {
            guard frame.index < frame.node.count else {
                frames.removeLast()
                continue
            }
            guard frame.node.level == 0 else {
                try descend()
                continue
            }
            let entry = frame.node.entries[frame.index]
            frames[frames.count - 1].index += 1
            defer { offset += UInt64(entry.length) }
            return RecipeChunk(id: entry.id, offset: offset, length: entry.length)
        }
        return nil
    }

    /// Goes forward, from the beginning, to the chunk that holds the byte at `target`, reading one node a level.
    mutating func seek(_ target: UInt64) throws {
        while case let last = frames.count - 1, last >= 0 {
            let node = frames[last].node
            while frames[last].index < node.count, case let size = node.size(at: frames[last].index), offset + size <= target {
                offset += size
                frames[last].index += 1
                for level in 0..<Int(node.level) { shapes[level] = nil }
            }
            if node.level == 0 || frames[last].index == node.count { return }
            try descend()
        }
    }

    private mutating func descend() throws {
        let last = frames.count - 1
        let child = frames[last].node.children[frames[last].index]
        let level = frames[last].node.level - 1
        if let node = known?[child.id] {
            try accept(child, node, at: level)
            // What ends before the next node of a lower level lies in what is passed over.
            for lower in 0..<Int(level) { shapes[lower] = nil }
            frames[last].index += 1
            offset += child.size
            return
        }
        let bytes = try fetch(child.id)
        let node = try ChunksNode(parsing: bytes, id: child.id)
        let facts = KnownNode(byteCount: bytes.count, level: node.level, shape: node.shape)
        try accept(child, facts, at: level)
        known?[child.id] = facts
        frames[last].index += 1
        frames.append(Frame(node: node))
    }

    /// Takes a node as the next one of its level, if it is what the node above says and may follow the one before it.
    private mutating func accept(_ child: NodeSummary, _ node: KnownNode, at level: UInt8) throws {
        try child.check(byteCount: node.byteCount, level: node.level, expectedLevel: level, shape: node.shape, what: "recipe")
        if let previous = shapes[Int(level)], !previous.mayPrecede(node.shape) {
            throw TenonError(.corrupt, "recipe node \(child.id) is damaged", cause: "the node before it ends where no node may end")
        }
        shapes[Int(level)] = node.shape
    }
}
