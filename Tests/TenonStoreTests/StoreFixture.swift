import Glibc
import Logging
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// A store in a directory of its own that goes when the test ends.
final class StoreFixture: Sendable {
    let home: String
    let faults = FaultPlan()

    init() {
        home = "/tmp/tenon-store-test-\(randomName())"
    }

    deinit {
        removeTree(home)
    }

    var options: StoreOptions {
        StoreOptions(keepFree: 0, reserve: 64 << 10, packTarget: 256 << 10, fileSystem: FileSystem(faults: faults), now: { 1_700_000_000_000 })
    }

    func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> Store {
        var options = options
        change(&options)
        var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        return try Store.open(home: home, options: options, log: log)
    }

    /// Opens the store, and closes it when `body` is done.
    func withStore<Result>(_ body: (Store) throws -> Result) throws -> Result {
        let store = try open()
        defer { store.close() }
        return try body(store)
    }

    var packs: [String] { names("packs").filter { $0.hasSuffix(".pack") }.map { "\(home)/packs/\($0)" } }

    func names(_ directory: String) -> [String] {
        (try? FileSystem().names(in: "\(home)/\(directory)")) ?? []
    }
}

/// Removes a directory with all that is in it.
func removeTree(_ path: String) {
    if unlink(path) == 0 { return }
    for name in (try? FileSystem().names(in: path)) ?? [] { removeTree("\(path)/\(name)") }
    rmdir(path)
}

/// Bytes that look random and are the same for the same seed.
func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix(state: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 40) }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// A file as an ingest would store it, cut into pieces of one length.
struct SampleFile {
    let content: [UInt8]
    let pieceLength: Int

    init(_ count: Int, seed: UInt64, pieceLength: Int = 20_000) {
        content = bytes(count, seed: seed)
        self.pieceLength = pieceLength
    }

    var oid: OID { OID(SHA256Hasher.hash(content)) }
    var pointer: Pointer { .file(oid: oid, size: UInt64(content.count)) }

    var pieces: [ArraySlice<UInt8>] {
        stride(from: 0, to: content.count, by: pieceLength).map { content[$0..<min($0 + pieceLength, content.count)] }
    }

    /// Appends what the session lacks; one block for every eight pieces.
    func append(to session: PackSession) throws {
        let encoder = BlockEncoder()
        var builder = RecipeBuilder(profile: "test") { node, bytes in
            guard session.claim(ObjectKey(type: .node, id: node.digest)) == .new else { return }
            try append([bytes], ids: [node.digest], type: .node, to: session, encoder)
        }
        var waiting: [[UInt8]] = []
        for piece in pieces {
            let id = SHA256Hasher.hash(Array(piece))
            try builder.add(ChunkID(id), length: UInt32(piece.count))
            if session.claim(ObjectKey(type: .data, id: id)) == .new { waiting.append(Array(piece)) }
            if waiting.count == 8 { try flush(&waiting, to: session, encoder) }
        }
        try flush(&waiting, to: session, encoder)
        if let recipe = try builder.finish(oid: oid), session.claim(ObjectKey(type: .recipe, id: oid.digest)) == .new {
            try append([recipe.object], ids: [oid.digest], type: .recipe, to: session, encoder)
        }
    }

    private func flush(_ waiting: inout [[UInt8]], to session: PackSession, _ encoder: BlockEncoder) throws {
        guard !waiting.isEmpty else { return }
        try append(waiting, ids: waiting.map { SHA256Hasher.hash($0) }, type: .data, to: session, encoder)
        waiting = []
    }

    private func append(
        _ objects: [[UInt8]], ids: [Digest], type: BlockType, to session: PackSession, _ encoder: BlockEncoder
    ) throws {
        let chunks = zip(ids, objects).map { BlockChunk(id: $0, length: UInt32($1.count)) }
        let raw = objects.flatMap { $0 }
        try session.append(raw.withUnsafeBytes { try encoder.encode(type: type, chunks: chunks, raw: $0, choice: .auto) })
    }

    /// Stores the file durably.
    func store(in store: Store) throws {
        let session = try store.beginWrite()
        try append(to: session)
        try session.commit([SnapshotRow(content: pointer, time: store.options.now())])
    }

    /// Reads it back by its recipe; throws if that can't be done.
    func read(from store: Store) throws -> [UInt8] {
        guard let recipe = try store.recipe(of: oid, size: UInt64(content.count)) else {
            return content.isEmpty ? [] : try store.read(ObjectKey(type: .data, id: oid.digest))
        }
        var result: [UInt8] = []
        var cursor = try recipe.chunks()
        while let chunk = try cursor.next() { result += try store.read(ObjectKey(type: .data, id: chunk.id.digest)) }
        return result
    }
}
