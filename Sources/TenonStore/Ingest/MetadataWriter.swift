import Synchronization
import TenonCore
import TenonFormat

/// Gathers nodes and recipes into metadata blocks of one write session; from any thread.
final class MetadataWriter: Sendable {
    /// The block of one type while it grows.
    private struct Part {
        let type: BlockType
        var raw: [UInt8] = []
        var chunks: [BlockChunk] = []
    }

    private struct State {
        var nodes = Part(type: .node)
        var recipes = Part(type: .recipe)
        let encoder = BlockEncoder()
    }

    private let session: PackSession
    private let choice: CompressionChoice
    private let state = Mutex(State())

    init(session: PackSession, choice: CompressionChoice) {
        self.session = session
        self.choice = choice
    }

    /// Adds a node unless it is stored, or about to be.
    func add(node id: NodeID, _ bytes: [UInt8]) throws {
        guard session.claim(ObjectKey(type: .node, id: id.digest)) == .new else { return }
        try state.withLock { try add(id.digest, bytes, to: &$0.nodes, $0.encoder) }
    }

    /// Adds the recipe of a file unless there is one.
    func add(recipeOf oid: OID, _ object: [UInt8]) throws {
        guard session.claim(ObjectKey(type: .recipe, id: oid.digest)) == .new else { return }
        try state.withLock { try add(oid.digest, object, to: &$0.recipes, $0.encoder) }
    }

    /// Gives what is left to the session.
    func flush() throws {
        try state.withLock { state in
            try flush(&state.nodes, state.encoder)
            try flush(&state.recipes, state.encoder)
        }
    }

    private func add(_ id: Digest, _ bytes: [UInt8], to part: inout Part, _ encoder: BlockEncoder) throws {
        if part.raw.count + bytes.count > BlockLimits.metadataBlockLength { try flush(&part, encoder) }
        part.raw.append(contentsOf: bytes)
        part.chunks.append(BlockChunk(id: id, length: UInt32(bytes.count)))
    }

    private func flush(_ part: inout Part, _ encoder: BlockEncoder) throws {
        guard !part.chunks.isEmpty else { return }
        let block = try part.raw.withUnsafeBytes { try encoder.encode(type: part.type, chunks: part.chunks, raw: $0, choice: choice) }
        part.raw.removeAll(keepingCapacity: true)
        part.chunks.removeAll(keepingCapacity: true)
        try session.append(block)
    }
}
