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

    private let store: Store
    private let session: PackSession
    private let choice: CompressionChoice
    private let progress: ProgressSink
    private let state = Mutex(State())

    init(store: Store, session: PackSession, choice: CompressionChoice, progress: ProgressSink) {
        self.store = store
        self.session = session
        self.choice = choice
        self.progress = progress
    }

    /// Adds a node unless it is stored, or about to be.
    func add(node id: NodeID, _ bytes: [UInt8]) throws {
        guard session.claim(ObjectKey(type: .node, id: id.digest)) == .new else { return }
        try state.withLock { try add(id.digest, bytes, to: &$0.nodes, $0.encoder) }
    }

    /// Adds the recipe of a file unless there is a good one.
    func add(recipeOf oid: OID, _ object: [UInt8]) throws {
        let key = ObjectKey(type: .recipe, id: oid.digest)
        // One from elsewhere may be cut otherwise and be good; one that makes another file is marked damaged, and this takes its place. Before the
        // claim, which would rely on it.
        if store.isUnproved(oid), store.contains(key), (try? store.read(key)) != object {
            if let refusal = try store.refusedRecipes(among: [oid], progress: progress)[oid], let place = store.location(of: key) {
                // Its chunks are not here: it can't be proved, and must not stand in for the bytes that are.
                try store.condemnRecipe(of: oid, at: place, reason: refusal.description)
            }
        }
        guard session.claim(key) == .new else { return }
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
