import TenonCore
import Testing

@testable import TenonFormat

/// Blocks from raw bytes and back.
struct CodecTests {
    @Test("Only what no code for bytes can shorten counts as noise")
    func noise() {
        func isNoise(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { NoiseCheck.isNoise($0) } }
        var seeded = SeededBytes(seed: 7)
        for _ in 0..<50 {
            let bytes = seeded.noise(64 << 10)
            #expect(isNoise(bytes))
            // Half of all bytes have a bit less.
            #expect(!isNoise(bytes.enumerated().map { $0.offset % 2 == 0 ? $0.element & 0x7F : $0.element }))
        }
        #expect(!isNoise([UInt8](repeating: 1, count: 64 << 10)))
        #expect(!isNoise(seeded.noise(4095)))
        #expect(!isNoise([]))
    }

    /// `raw` cut into chunks of `lengths`, as if they followed one another in a file from `offset` on.
    static func chunks(_ lengths: [Int], from offset: UInt64 = 0) -> [BlockChunk] {
        var position = offset
        return lengths.map { length in
            defer { position += UInt64(length) }
            return BlockChunk(id: Digest(words: (0, 0, 0, position)), length: UInt32(length), fileOffset: position)
        }
    }

    static func encode(
        _ raw: [UInt8], lengths: [Int]? = nil, from offset: UInt64 = 0, choice: CompressionChoice = .auto, layout: ElementLayout? = nil
    ) throws -> EncodedBlock {
        try raw.withUnsafeBytes {
            try BlockEncoder().encode(
                type: .data, chunks: chunks(lengths ?? [raw.count], from: offset), raw: $0, choice: choice, layout: layout)
        }
    }

    static func decode(_ block: EncodedBlock) throws -> [UInt8] {
        try Array(
            BlockDecoder().decode(
                codec: block.codec.rawValue, parameters: block.parameters, chunkLengths: block.chunks.map(\.length),
                rawLength: block.rawLength, payload: block.payload))
    }

    private static func layout(_ width: Int, _ rotation: Int, origin: UInt64 = 0) throws -> ElementLayout {
        try #require(ElementLayout(width: width, rotation: rotation, origin: origin))
    }

    @Test("auto picks planes for weights, zstd for text and nothing for noise")
    func auto() throws {
        var seeded = SeededBytes(seed: 21)
        let weights = seeded.weights(1 << 18)
        let text = seeded.text(1 << 18)
        let noise = seeded.noise(1 << 20)
        for (raw, codec) in [(weights, Codec.planes), (text, .zstd), (noise, .stored)] {
            let block = try CodecTests.encode(raw)
            #expect(block.codec == codec)
            #expect(try CodecTests.decode(block) == raw)
        }
        let block = try CodecTests.encode(weights)
        #expect(block.parameters.first == 4 && block.parameters.last == 0)
        #expect(Double(block.payload.count) < 0.9 * Double(weights.count))
    }

    @Test("auto finds elements that don't begin at a multiple of their width")
    func probedOrigin() throws {
        var seeded = SeededBytes(seed: 22)
        let header = Array("HDR".utf8)
        let file = header + seeded.weights(1 << 16)
        let block = try CodecTests.encode(file)
        #expect(block.codec == .planes)
        // The first element begins at byte 3, so the file begins one byte into an element.
        #expect(block.parameters.first == 4 && block.parameters.last == 1)
        #expect(try CodecTests.decode(block) == file)
    }

    @Test("every choice gives its codec or stores", arguments: CompressionChoice.allCases)
    func choices(choice: CompressionChoice) throws {
        var seeded = SeededBytes(seed: 23)
        let text = seeded.text(100_000)
        let block = try CodecTests.encode(text, choice: choice)
        let expected: Codec =
            switch choice {
            case .auto, .zstd: .zstd
            case .zlib: .zlib
            case .none: .stored
            }
        #expect(block.codec == expected)
        #expect(try CodecTests.decode(block) == text)
        let noise = seeded.noise(100_000)
        #expect(try CodecTests.encode(noise, choice: choice).codec == .stored)
    }

    @Test("a codec that saves less than 3 % is not kept")
    func threshold() {
        #expect(BlockEncoder.worthwhileLength(of: 100) == 97)
        #expect(BlockEncoder.worthwhileLength(of: 101) == 97)
        #expect(BlockEncoder.worthwhileLength(of: 0) == 0)
        #expect(BlockEncoder.worthwhileLength(of: 1) == 0)
    }

    @Test("noise that repeats is compressed, noise that doesn't is stored")
    func repeatedNoise() throws {
        var seeded = SeededBytes(seed: 26)
        let noise = seeded.noise(1 << 20)
        let raw = noise + seeded.noise(1 << 20) + noise
        let repeated = try CodecTests.encode(raw)
        #expect(repeated.codec == .zstd && repeated.payload.count < 5 << 19)
        #expect(try CodecTests.decode(repeated) == raw)
        let plain = noise + seeded.noise(1 << 20)
        let stored = try CodecTests.encode(plain)
        #expect(stored.codec == .stored && Array(stored.payload) == plain)
    }

    @Test("short blocks come back", arguments: [0, 1, 2, 3, 7, 8, 31, 64, 1000])
    func shortBlocks(length: Int) throws {
        for choice in CompressionChoice.allCases {
            let raw = [UInt8](repeating: 65, count: length)
            let block = try CodecTests.encode(raw, choice: choice)
            #expect(try CodecTests.decode(block) == raw)
        }
        // An empty file has no chunk; an empty block has none either.
        #expect(try CodecTests.encode([], lengths: []).rawLength == 0)
    }

    @Test("planes come back whatever the chunks' lengths and phases", arguments: 0..<40)
    func planesOfOddChunks(round: Int) throws {
        var seeded = SeededBytes(seed: UInt64(300 + round))
        let width = [2, 4, 8][round % 3]
        var lengths: [Int] = []
        for _ in 0..<(1 + round % 6) { lengths.append(Int(seeded.next() % (round % 2 == 0 ? 40 : 90_000))) }
        let count = lengths.reduce(0, +)
        let raw = seeded.weights(count / 4 + 1).prefix(count)
        let parameters = PlanesParameters(
            layout: try CodecTests.layout(width, round / 3 % 2, origin: seeded.next() % 9),
            // Neighbours that are missing leave gaps, so each chunk has a phase of its own.
            chunks: lengths.map { BlockChunk(id: Digest(words: (0, 0, 0, 0)), length: UInt32($0), fileOffset: seeded.next()) })
        let payload = try CodecTests.planes(Array(raw), lengths: lengths, parameters)
        let decoded = try BlockDecoder().decode(
            codec: Codec.planes.rawValue, parameters: parameters.bytes, chunkLengths: lengths.map(UInt32.init), rawLength: count,
            payload: payload[...])
        #expect(Array(decoded) == Array(raw))
    }

    /// The payload of `raw` as planes, however long it is.
    static func planes(_ raw: [UInt8], lengths: [Int], _ parameters: PlanesParameters) throws -> [UInt8] {
        let compressor = try ZstdCompressor(.planes)
        return try [UInt8].filled(capacity: raw.count + 4096) { output throws(TenonError) in
            let scratch = ScratchBuffer()
            do {
                return try raw.withUnsafeBytes {
                    try PlanesCodec.compress(
                        $0, parameters: parameters, chunkLengths: lengths.map(UInt32.init), planes: scratch.bytes(raw.count),
                        with: compressor, into: output) ?? 0
                }
            } catch {
                throw TenonError(.internal, "\(error)")
            }
        }
    }

    @Test("the kernel splits as the definition says, and merges it back", arguments: [2, 4, 8], [0, 1])
    func kernelSplits(width: Int, rotation: Int) throws {
        var seeded = SeededBytes(seed: UInt64(width + rotation))
        for count in Array(0...67) + [1000, 4099] {
            let elements = seeded.noise(count * width)
            let parameters = PlanesParameters(layout: try CodecTests.layout(width, rotation), chunks: CodecTests.chunks([elements.count]))
            let payload = try CodecTests.planes(elements, lengths: [elements.count], parameters)
            // Noise is stored, so the planes lie behind the table as they are.
            let planes = Array(payload.dropFirst(count > 0 ? 4 * width : 0))
            #expect(planes == PlainPlanes.split(elements, width: width, rotation: rotation), "\(count) elements")
            let decoded = try BlockDecoder().decode(
                codec: Codec.planes.rawValue, parameters: parameters.bytes, chunkLengths: [UInt32(elements.count)],
                rawLength: elements.count, payload: payload[...])
            #expect(Array(decoded) == elements)
        }
    }

    @Test("metadata is never probed for numbers")
    func metadata() throws {
        var seeded = SeededBytes(seed: 24)
        let weights = seeded.weights(1 << 14)
        let block = try weights.withUnsafeBytes {
            try BlockEncoder().encode(type: .node, chunks: CodecTests.chunks([weights.count]), raw: $0, choice: .auto)
        }
        #expect(block.codec != .planes)
    }

    @Test("chunks that don't add up are a defect of the caller")
    func wrongChunks() {
        #expect(throws: TenonError.self) { try CodecTests.encode([1, 2, 3], lengths: [2]) }
    }

    @Test("one decoder serves many threads")
    func sharedDecoder() async throws {
        var seeded = SeededBytes(seed: 25)
        let text = seeded.text(50_000)
        let block = try CodecTests.encode(text)
        let decoder = BlockDecoder()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try decoder.decode(
                        codec: block.codec.rawValue, parameters: block.parameters, chunkLengths: block.chunks.map(\.length),
                        rawLength: block.rawLength, payload: block.payload) == text[...]
                }
            }
            for try await same in group { #expect(same) }
        }
    }
}
