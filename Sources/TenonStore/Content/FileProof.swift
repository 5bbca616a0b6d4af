import TenonCore
import TenonFormat

/// One file, read chunk by chunk from the store, and hashed again.
struct FileProof: ~Copyable {
    let store: Store
    let progress: ProgressSink
    /// Whether what is read counts as progress; else `progress` is only asked whether to go on.
    let isCounted: Bool
    /// How chunks are known to be what their ids say.
    let chunkProof: ObjectProof
    private var hasher = StreamingSHA256()
    private var size: UInt64 = 0
    private var problems: [VerifyProblem] = []
    /// Chunks with a problem: each is said once, however often the recipe names it.
    private var bad: Set<ChunkID> = []
    /// Whether the recipe says another length of a chunk than it has.
    private var misstatesLength = false

    /// What came of a proof.
    struct Result: Sendable {
        var problems: [VerifyProblem]
        /// Whether it is the recipe's fault: it makes another file of chunks that are all good, or says another length of a good one.
        var isForged = false
    }

    private init(store: Store, progress: ProgressSink, isCounted: Bool, chunkProof: ObjectProof) {
        self.store = store
        self.progress = progress
        self.isCounted = isCounted
        self.chunkProof = chunkProof
    }

    /// Every problem of the file with this oid and size.
    static func run(
        _ oid: OID, size: UInt64, store: Store, progress: ProgressSink, isCounted: Bool = true, chunkProof: ObjectProof = .hash
    ) throws -> Result {
        var proof = FileProof(store: store, progress: progress, isCounted: isCounted, chunkProof: chunkProof)
        try proof.takeAll(oid, size)
        return proof.conclude(oid, size)
    }

    private mutating func takeAll(_ oid: OID, _ size: UInt64) throws {
        if size == 0 { return }
        do {
            // A damaged chunk that is the whole file still says that the file has no recipe.
            let whole = ObjectKey(type: .data, id: oid.digest)
            let isOneChunk = !store.index.view.locations(of: whole, includingDamaged: true).isEmpty
            if !isOneChunk, let recipe = try store.recipe(of: oid, size: size) {
                var cursor = try recipe.chunks()
                while let chunk = try cursor.next() { try take(chunk.id, length: chunk.length) }
            } else {
                try take(ChunkID(oid.digest))
            }
        } catch let error as TenonError where VerifyProblem.Kind(error) != nil {
            problems.append(VerifyProblem(error, context: "how the file is made: "))
        }
    }

    /// - Parameter length: what the recipe says. The recipe's lengths give the file's size, so no more is read than that.
    private mutating func take(_ id: ChunkID, length: UInt32? = nil) throws {
        try progress.check()
        guard !bad.contains(id) else { return }
        do {
            let bytes = try store.bytes(of: ObjectKey(type: .data, id: id.digest), proof: chunkProof)
            if let length, bytes.count != Int(length) {
                misstatesLength = true
                throw TenonError(.corrupt, "chunk \(id) has \(bytes.count) bytes", cause: "the file's recipe says \(length)")
            }
            bytes.withUnsafeBytes { hasher.update($0) }
            size += UInt64(bytes.count)
            if isCounted { progress.add(bytes: UInt64(bytes.count)) }
        } catch let error as TenonError where VerifyProblem.Kind(error) != nil {
            bad.insert(id)
            problems.append(VerifyProblem(error, chunk: id))
        }
    }

    private consuming func conclude(_ oid: OID, _ wanted: UInt64) -> Result {
        if !problems.isEmpty { return Result(problems: problems, isForged: misstatesLength) }
        let found = OID(hasher.finalize())
        if found == oid, size == wanted { return Result(problems: []) }
        return Result(
            problems: [VerifyProblem(problem: .damaged, detail: "its chunks give \(size) bytes that are \(found), not \(wanted) that are \(oid)")],
            isForged: found != oid)
    }
}

extension VerifyProblem.Kind {
    /// What an error of reading says about stored bytes; `nil` for one that says nothing about them.
    init?(_ error: TenonError) {
        switch error.code {
        case .missingContent: self = .missing
        case .corrupt, .io: self = .damaged
        default: return nil
        }
    }
}

extension VerifyProblem {
    init(_ error: TenonError, chunk: ChunkID? = nil, context: String = "") {
        self.init(problem: Kind(error) ?? .damaged, chunk: chunk, detail: context + error.description)
    }
}
