import TenonCore

@testable import TenonFormat

/// An artifact in memory, and the packs that an ingest would write for it.
struct ArtifactFixture {
    /// One entry to be stored.
    enum Item {
        case file([UInt8], executable: Bool = false, layout: ElementLayout? = nil)
        case symlink(String)
        case emptyDirectory
    }

    /// How files are cut.
    enum Cut {
        case standard
        /// Chunks of this many bytes: many of them for little input.
        case every(Int)
    }

    private(set) var packs: [[UInt8]] = []
    private(set) var pointer: Pointer

    /// Stores `items`, whose paths may come in any order, as a directory.
    init(tree items: [[UInt8]: Item], cut: Cut = .standard, compression: CompressionChoice = .auto) throws {
        var writer = Writer(cut: cut, compression: compression)
        var hasher = DirectoryHasher()
        let nodes = NodeCollector()
        var manifest = ManifestBuilder { id, bytes in nodes.add(id, bytes) }
        for (path, item) in items.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            switch item {
            case .file(let bytes, let executable, let layout):
                let oid = try writer.store(bytes, layout: layout)
                hasher.add(path: path[...], oid: oid)
                try manifest.add(.file(path: path[...], size: UInt64(bytes.count), oid: oid, isExecutable: executable))
            case .symlink(let target): try manifest.add(.symlink(path: path[...], target: Array(target.utf8)[...]))
            case .emptyDirectory: try manifest.add(.directory(path: path[...]))
            }
        }
        let summary = try manifest.finish()
        pointer = .tree(oid: hasher.finalize(), size: summary.size, files: summary.fileCount, manifest: summary.root)
        packs = try writer.finish(nodes: nodes, record: SnapshotRecord(content: pointer, time: 1_700_000_000_000))
    }

    /// Stores one file.
    init(file bytes: [UInt8], executable: Bool = false, cut: Cut = .standard, compression: CompressionChoice = .auto) throws {
        var writer = Writer(cut: cut, compression: compression)
        let oid = try writer.store(bytes, layout: nil)
        pointer = .file(oid: oid, size: UInt64(bytes.count), executable: executable)
        packs = try writer.finish(nodes: NodeCollector(), record: SnapshotRecord(content: pointer, time: 1_700_000_000_000))
    }

    /// Cuts files and gathers blocks.
    private struct Writer {
        let cut: Cut
        let compression: CompressionChoice
        var dataBlocks: [EncodedBlock] = []
        var recipes: [(oid: OID, object: [UInt8])] = []
        let nodes = NodeCollector()
        var known: Set<Digest> = []
        let encoder = BlockEncoder()

        mutating func store(_ bytes: [UInt8], layout: ElementLayout?) throws -> OID {
            let oid = OID(SHA256Hasher.hash(bytes))
            let nodes = nodes
            var recipe = RecipeBuilder(profile: profile) { id, bytes in nodes.add(id, bytes) }
            var fresh: [BlockChunk] = []
            var raw: [UInt8] = []
            var offset = 0
            for length in lengths(of: bytes) {
                let slice = Array(bytes[offset..<(offset + length)])
                let id = SHA256Hasher.hash(slice)
                try recipe.add(ChunkID(id), length: UInt32(length))
                if known.insert(id).inserted {
                    fresh.append(BlockChunk(id: id, length: UInt32(length), fileOffset: UInt64(offset)))
                    raw += slice
                }
                offset += length
            }
            if !fresh.isEmpty {
                dataBlocks.append(
                    try raw.withUnsafeBytes {
                        try encoder.encode(type: .data, chunks: fresh, raw: $0, choice: compression, layout: layout)
                    })
            }
            if let finished = try recipe.finish(oid: oid) { recipes.append((oid, finished.object)) }
            return oid
        }

        private var profile: String {
            switch cut {
            case .standard: Chunker.profile
            case .every(let length): "fixed-\(length)"
            }
        }

        private func lengths(of bytes: [UInt8]) -> [Int] {
            var result: [Int] = []
            var chunker = Chunker()
            var position = 0
            while position < bytes.count {
                switch cut {
                case .standard:
                    let length = bytes.withUnsafeBytes { chunker.next(in: UnsafeRawBufferPointer(rebasing: $0[position...]), isEnd: true) }
                    result.append(length ?? bytes.count - position)
                case .every(let length): result.append(min(length, bytes.count - position))
                }
                position += result[result.count - 1]
            }
            return result
        }

        mutating func finish(nodes manifest: NodeCollector, record: SnapshotRecord) throws -> [[UInt8]] {
            var metadata: [EncodedBlock] = []
            let nodeObjects = (nodes.all + manifest.all).map { (id: $0.id.digest, bytes: $0.bytes) }
            metadata += try encode(.node, nodeObjects)
            metadata += try encode(.recipe, recipes.map { (id: $0.oid.digest, bytes: $0.object) })
            metadata += try encode(.snapshot, [(id: SHA256Hasher.hash(record.bytes), bytes: record.bytes)])
            var packs = [try MemoryPack(metadata, nonce: 1).bytes]
            if !dataBlocks.isEmpty { packs.append(try MemoryPack(dataBlocks, nonce: 2).bytes) }
            return packs
        }

        /// Gathers whole objects in blocks of at most 128 KiB.
        private func encode(_ type: BlockType, _ objects: [(id: Digest, bytes: [UInt8])]) throws -> [EncodedBlock] {
            var blocks: [EncodedBlock] = []
            var chunks: [BlockChunk] = []
            var raw: [UInt8] = []
            for (index, object) in objects.enumerated() {
                chunks.append(BlockChunk(id: object.id, length: UInt32(object.bytes.count)))
                raw += object.bytes
                let next = index + 1 < objects.count ? objects[index + 1].bytes.count : BlockLimits.metadataBlockLength
                guard raw.count + next > BlockLimits.metadataBlockLength else { continue }
                blocks.append(
                    try raw.withUnsafeBytes { try encoder.encode(type: type, chunks: chunks, raw: $0, choice: compression, layout: nil) })
                chunks = []
                raw = []
            }
            return blocks
        }
    }
}

/// Nodes as a builder gives them, each once.
final class NodeCollector {
    private(set) var all: [(id: NodeID, bytes: [UInt8])] = []
    private var byID: [NodeID: [UInt8]] = [:]
    /// How often a node has been asked for.
    var fetchCount = 0

    func add(_ id: NodeID, _ bytes: [UInt8]) {
        if byID.updateValue(bytes, forKey: id) == nil { all.append((id, bytes)) }
    }

    func fetch(_ id: NodeID) throws -> [UInt8] {
        fetchCount += 1
        guard let bytes = byID[id] else { throw TenonError(.missingContent, "node \(id) is not there") }
        return bytes
    }

    subscript(id: NodeID) -> [UInt8]? { byID[id] }
}

/// One pack in memory.
struct MemoryPack {
    let bytes: [UInt8]
    let id: PackID
    let footer: PackFooter

    init(_ blocks: [EncodedBlock], nonce: UInt8) throws {
        var builder = PackBuilder(nonce: (0..<16).map { nonce &* 31 &+ $0 })
        var bytes = builder.header
        for block in blocks {
            let piece = try builder.append(block)
            bytes += piece.head + piece.payload + piece.checksum
        }
        let expected = builder.finishedLength
        let ending = builder.finish()
        bytes += ending.bytes
        precondition(UInt64(bytes.count) == ending.length && ending.length == expected)
        self.bytes = bytes
        id = ending.id
        footer = ending.footer
    }

    /// Three blocks, in small: text, numbers, metadata with a recipe.
    static func small(compression: CompressionChoice = .none) throws -> MemoryPack {
        try MemoryPack(smallBlocks(compression: compression), nonce: 7)
    }

    static func smallBlocks(compression: CompressionChoice) throws -> [EncodedBlock] {
        let encoder = BlockEncoder()
        func block(_ type: BlockType, _ objects: [[UInt8]], ids: [Digest]? = nil) throws -> EncodedBlock {
            let chunks = objects.enumerated().map { index, bytes in
                BlockChunk(id: ids?[index] ?? SHA256Hasher.hash(bytes), length: UInt32(bytes.count))
            }
            return try objects.flatMap { $0 }.withUnsafeBytes {
                try encoder.encode(type: type, chunks: chunks, raw: $0, choice: compression, layout: nil)
            }
        }
        var seeded = SeededBytes(seed: 5)
        let first = seeded.text(300)
        let second = seeded.noise(90)
        let file = first + second
        var recipe = RecipeBuilder(profile: "std-v1") { _, _ in }
        try recipe.add(ChunkID(SHA256Hasher.hash(first)), length: UInt32(first.count))
        try recipe.add(ChunkID(SHA256Hasher.hash(second)), length: UInt32(second.count))
        let oid = OID(SHA256Hasher.hash(file))
        guard let object = try recipe.finish(oid: oid)?.object else { throw TenonError(.internal, "two chunks make a recipe") }
        let pointer = Pointer.file(oid: oid, size: UInt64(file.count))
        return [
            try block(.data, [first, second]),
            try block(.recipe, [object], ids: [oid.digest]),
            try block(.snapshot, [SnapshotRecord(content: pointer, time: 1_700_000_000_000).bytes]),
        ]
    }
}
