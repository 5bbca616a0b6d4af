import TenonCore
import Testing

@testable import TenonFormat

/// Payloads that other programs wrote (zlib and zstd's own tools) and that every release must read.
struct CodecGoldenTests {
    private func decode(_ codec: Codec, _ name: String, parameters: [UInt8] = [], lengths: [UInt32]) throws -> [UInt8] {
        try Array(
            BlockDecoder().decode(
                codec: codec.rawValue, parameters: parameters, chunkLengths: lengths, rawLength: lengths.reduce(0) { $0 + Int($1) },
                payload: Golden.bytes(name)[...]))
    }

    @Test("zlib")
    func zlib() throws {
        var seeded = SeededBytes(seed: 31)
        #expect(try decode(.zlib, "text.zlib", lengths: [12_000, 8_000]) == seeded.text(20_000))
    }

    @Test("zstd")
    func zstd() throws {
        var seeded = SeededBytes(seed: 31)
        #expect(try decode(.zstd, "text.zst", lengths: [12_000, 8_000]) == seeded.text(20_000))
    }

    @Test("planes of float32, three chunks with a phase each")
    func planes() throws {
        var seeded = SeededBytes(seed: 32)
        let raw = seeded.weights(12_500)
        #expect(try decode(.planes, "weights.planes", parameters: [4, 1, 0, 1, 3], lengths: [10_001, 29_998, 10_001]) == raw)
    }

    @Test("planes of 16-bit integers, in more than one segment")
    func planesOfIntegers() throws {
        let raw = (0..<70_000).flatMap { [UInt8(truncatingIfNeeded: $0 * 7), UInt8(truncatingIfNeeded: $0 >> 10)] }
        #expect(try decode(.planes, "integers.planes", parameters: [2, 0, 0], lengths: [140_000]) == raw)
    }
}
