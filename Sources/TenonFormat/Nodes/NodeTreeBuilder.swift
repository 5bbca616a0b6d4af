import TenonCore

/// Cuts entries into nodes by the rule of the format, and builds the levels above; the part that manifests and recipes share.
struct NodeTreeBuilder {
    /// Receives each node but the root, children before parents.
    typealias Sink = (NodeID, [UInt8]) throws -> Void

    /// One level while it grows.
    private struct Level {
        var body: [UInt8] = []
        var count = 0
        var entryCount: UInt64 = 0
        var size: UInt64 = 0
        var lastPath: [UInt8] = []
        var sealedCount = 0
        /// The first node of this level, until it is known not to be the root.
        var held: SealedNode?
    }

    private let kind: NodeKind
    private let sink: Sink
    /// From level 1 on; level 0 lies in properties of its own, as that is where the time goes.
    private var upper: [Level] = []
    private var leaf = Level()

    init(kind: NodeKind, sink: @escaping Sink) {
        self.kind = kind
        self.sink = sink
        leaf.body.reserveCapacity(NodeFormat.maximumBodyLength)
    }

    /// Bytes of the entries in the node that grows at level 0.
    var bodyLength: Int { leaf.body.count }

    /// Ends the present node at level 0 if an entry of `length` bytes would take it over the limit.
    mutating func makeRoom(for length: Int) throws {
        if leaf.body.count + length > NodeFormat.maximumBodyLength { try seal(level: 0) }
    }

    /// Appends an entry at level 0 that `write` encodes. `makeRoom` must have been called for it.
    mutating func append(size: UInt64, _ write: (inout [UInt8]) -> Void) throws {
        write(&leaf.body)
        let (sum, overflow) = leaf.size.addingReportingOverflow(size)
        guard !overflow, sum <= UInt64(Int64.max) else { throw NodeTreeBuilder.tooLarge }
        leaf.size = sum
        leaf.count += 1
        leaf.entryCount += 1
    }

    /// Whether the node at level 0 is long enough to end at an entry whose hash says so.
    var mayCut: Bool { leaf.body.count >= NodeFormat.minimumBodyLength }

    /// Ends the node at level 0. `lastPath` is that of its last entry, for a manifest.
    mutating func cut() throws { try seal(level: 0) }

    /// Of a manifest: must be set before a node at level 0 may end.
    var lastPath: [UInt8] {
        get { leaf.lastPath }
        set { leaf.lastPath = newValue }
    }

    /// Ends everything and returns the root, which has not gone to the sink.
    mutating func finish() throws -> (node: SealedNode, level: UInt8) {
        var level = 0
        while true {
            let current = level == 0 ? leaf : upper[level - 1]
            if current.sealedCount == 0 { return (makeNode(current, level: level), UInt8(level)) }
            if current.count > 0 { try seal(level: level) }
            // Sealing may have put a second node beside the held one, which has then gone up.
            if let held = (level == 0 ? leaf : upper[level - 1]).held { return (held, UInt8(level)) }
            level += 1
        }
    }

    private static var tooLarge: TenonError {
        TenonError(.invalidArgument, "the content can't be listed", cause: "its sizes add up to more than 2^63 − 1 bytes")
    }

    private func makeNode(_ level: Level, level number: Int) -> SealedNode {
        var bytes = NodeFormat.head(kind: kind, level: UInt8(number), count: level.count)
        bytes += level.body
        let id = NodeID(SHA256Hasher.hash(bytes))
        let summary = NodeSummary(id: id, length: UInt64(bytes.count), entryCount: level.entryCount, size: level.size)
        return SealedNode(summary: summary, bytes: bytes, lastPath: level.lastPath)
    }

    private mutating func seal(level number: Int) throws {
        let node = makeNode(number == 0 ? leaf : upper[number - 1], level: number)
        reset(level: number)
        let held = number == 0 ? leaf.held : upper[number - 1].held
        let sealedCount = number == 0 ? leaf.sealedCount : upper[number - 1].sealedCount
        if number == 0 {
            leaf.sealedCount += 1
            leaf.held = sealedCount == 0 ? node : nil
        } else {
            upper[number - 1].sealedCount += 1
            upper[number - 1].held = sealedCount == 0 ? node : nil
        }
        guard sealedCount > 0 else { return }
        if let held { try promote(held, to: number + 1) }
        try promote(node, to: number + 1)
    }

    private mutating func reset(level number: Int) {
        if number == 0 {
            leaf.body.removeAll(keepingCapacity: true)
            leaf.count = 0
            leaf.entryCount = 0
            leaf.size = 0
        } else {
            upper[number - 1].body.removeAll(keepingCapacity: true)
            upper[number - 1].count = 0
            upper[number - 1].entryCount = 0
            upper[number - 1].size = 0
        }
    }

    /// Hands `node` to the sink and lists it one level up.
    private mutating func promote(_ node: SealedNode, to number: Int) throws {
        try sink(node.summary.id, node.bytes)
        guard number <= Int(NodeFormat.maximumLevel) else {
            throw TenonError(.invalidArgument, "the content can't be listed", cause: "it has too many entries")
        }
        if upper.count < number { upper.append(Level()) }
        var entry: [UInt8] = []
        if kind == .tree {
            entry.appendInteger(UInt64(node.lastPath.count))
            entry += node.lastPath
        }
        node.summary.append(to: &entry)
        if upper[number - 1].body.count + entry.count > NodeFormat.maximumBodyLength { try seal(level: number) }
        let (sum, overflow) = upper[number - 1].size.addingReportingOverflow(node.summary.size)
        guard !overflow, sum <= UInt64(Int64.max) else { throw NodeTreeBuilder.tooLarge }
        upper[number - 1].body += entry
        upper[number - 1].count += 1
        upper[number - 1].entryCount += node.summary.entryCount
        upper[number - 1].size = sum
        upper[number - 1].lastPath = node.lastPath
        if upper[number - 1].body.count >= NodeFormat.minimumBodyLength, NodeFormat.isCut(node.summary.id.digest) { try seal(level: number) }
    }
}
