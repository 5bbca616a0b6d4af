import TenonCore

/// A place in a manifest: between two entries, or before a node that has not been read yet.
///
/// It holds one node a level. Every node is checked as it is read, and against those read before it.
package struct ManifestCursor {
    /// What comes next.
    enum Position {
        /// A node that has not been read; it may be passed over unread.
        case node(level: UInt8, id: NodeID)
        case entry(ManifestEntry)
        case end
    }

    private struct Frame {
        let node: TreeNode
        var index = 0
    }

    private let fetch: (NodeID) throws -> [UInt8]
    /// From the root inwards.
    private var frames: [Frame] = []
    private var order = PathOrder()
    /// The last path that has been read or passed over.
    private var lastPath: ArraySlice<UInt8> = []
    /// For each level the node read last, unless something after it was passed over.
    private var shapes: [NodeShape?] = []

    /// Reads the root.
    init(root: NodeID, fetch: @escaping (NodeID) throws -> [UInt8]) throws {
        self.fetch = fetch
        let node = try TreeNode(parsing: fetch(root), id: root, after: [], order: &order)
        if node.level > 0, node.count < 2 {
            throw TenonError(.corrupt, "manifest node \(root) is damaged", cause: "a root above level 0 has fewer than two entries")
        }
        shapes = Array(repeating: nil, count: Int(node.level))
        if node.level == 0 { lastPath = node.lastPath }
        rootShape = node.shape
        frames.append(Frame(node: node))
    }

    /// Sums over the whole manifest, from the root.
    let rootShape: NodeShape

    /// What comes next.
    var position: Position {
        mutating get {
            while let frame = frames.last {
                if frame.index < frame.node.count {
                    if frame.node.level == 0 { return .entry(frame.node.entries[frame.index]) }
                    return .node(level: frame.node.level - 1, id: frame.node.children[frame.index].summary.id)
                }
                frames.removeLast()
            }
            return .end
        }
    }

    /// Passes over the node or entry that comes next.
    mutating func skip() {
        guard case let index = frames.count - 1, index >= 0, frames[index].index < frames[index].node.count else { return }
        let node = frames[index].node
        if node.level > 0 {
            lastPath = node.children[frames[index].index].lastPath
            lastPath.withUnsafeBytes { order.skip(to: $0) }
            for level in 0..<Int(node.level) { shapes[level] = nil }
        }
        frames[index].index += 1
    }

    /// Reads the node that comes next, so that its first entry comes next.
    mutating func descend() throws {
        guard case let index = frames.count - 1, index >= 0, frames[index].index < frames[index].node.children.count else { return }
        let child = frames[index].node.children[frames[index].index]
        let level = frames[index].node.level - 1
        let bytes = try fetch(child.summary.id)
        let node = try TreeNode(parsing: bytes, id: child.summary.id, after: lastPath, order: &order)
        try child.summary.check(byteCount: bytes.count, level: node.level, expectedLevel: level, shape: node.shape, what: "manifest")
        guard node.lastPath == child.lastPath else {
            throw TenonError(.corrupt, "manifest node \(child.summary.id) is damaged", cause: "its last path is not what the node above it says")
        }
        if let previous = shapes[Int(level)], !previous.mayPrecede(node.shape) {
            throw TenonError(
                .corrupt, "manifest node \(child.summary.id) is damaged", cause: "the node before it ends where no node may end")
        }
        shapes[Int(level)] = node.shape
        if level == 0 { lastPath = node.lastPath }
        frames[index].index += 1
        frames.append(Frame(node: node))
    }

    /// The next entry, or `nil` at the end.
    package mutating func next() throws -> ManifestEntry? {
        while true {
            switch position {
            case .entry(let entry):
                frames[frames.count - 1].index += 1
                return entry
            case .node: try descend()
            case .end: return nil
            }
        }
    }

    /// Goes forward to the first entry whose path is `path` or after it, and returns it if it is at `path`. What lies before it is passed over, unread
    /// where whole nodes do. May be called again with a later path.
    mutating func entry(at path: ArraySlice<UInt8>) throws -> ManifestEntry? {
        while true {
            switch position {
            case .end: return nil
            case .entry(let entry):
                guard entry.path.lexicographicallyPrecedes(path) else { return entry.path == path ? entry : nil }
                skip()
            case .node:
                guard let frame = frames.last else { return nil }
                if frame.node.children[frame.index].lastPath.lexicographicallyPrecedes(path) { skip() } else { try descend() }
            }
        }
    }

    /// Goes forward to the first entry whose path is `path` or after it, reading one node a level.
    mutating func seek(_ path: some Collection<UInt8>) throws {
        while case let index = frames.count - 1, index >= 0 {
            let node = frames[index].node
            if node.level == 0 {
                frames[index].index = ManifestCursor.partition(node.entries.count) { node.entries[$0].path.lexicographicallyPrecedes(path) }
                return
            }
            let target = ManifestCursor.partition(node.children.count) { node.children[$0].lastPath.lexicographicallyPrecedes(path) }
            while frames[index].index < target { skip() }
            if target == node.children.count { return }
            try descend()
        }
    }

    /// The first index for which `isBefore` is false.
    private static func partition(_ count: Int, isBefore: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
