import TenonCore
import Testing

@testable import TenonFormat

struct BlockProbeTests {
    private func examine(_ raw: [UInt8], from offset: UInt64 = 0, hint: ElementLayout? = nil) -> BlockProbe.Verdict {
        raw.withUnsafeBytes { BlockProbe().examine($0, chunks: CodecTests.chunks([raw.count], from: offset), hint: hint) }
    }

    private func isText(_ raw: [UInt8]) -> Bool {
        raw.withUnsafeBytes { BlockProbe().isText($0, chunks: CodecTests.chunks([raw.count])) }
    }

    @Test("text is text, in any language; noise, numbers and zeros are not")
    func text() {
        var seeded = SeededBytes(seed: 51)
        #expect(isText(seeded.text(100_000)))
        #expect(isText(Array(String(repeating: "Größe, 値, ценность\n", count: 3000).utf8)))
        #expect(!isText(seeded.noise(100_000)))
        #expect(!isText(seeded.weights(25_000)))
        #expect(!isText([UInt8](repeating: 0, count: 100_000)))
    }

    @Test("a hint is taken where planes pay and left where they don't")
    func hints() throws {
        var seeded = SeededBytes(seed: 52)
        let hint = try #require(ElementLayout(width: 4, rotation: 1))
        #expect(examine(seeded.weights(100_000), hint: hint) == .planes(hint))
        #expect(examine(seeded.text(400_000), hint: hint) == .zstd)
        #expect(examine(seeded.noise(400_000), hint: hint) == .zstd)
        #expect(examine([UInt8](repeating: 0, count: 400_000), hint: hint) == .zstd)
    }

    @Test("the upper halves of float32 values are found as two bytes wide")
    func halves() {
        var seeded = SeededBytes(seed: 53)
        let weights = seeded.weights(200_000)
        let halves = stride(from: 0, to: weights.count, by: 4).flatMap { weights[($0 + 2)..<($0 + 4)] }
        guard case .planes(let layout) = examine(halves) else {
            Issue.record("not taken for numbers")
            return
        }
        #expect(layout.width == 2)
    }

    @Test("where a chunk lies in its file decides where elements begin")
    func fileOffsets() {
        var seeded = SeededBytes(seed: 54)
        let weights = seeded.weights(100_000)
        guard case .planes(let layout) = examine(Array(weights.dropFirst(3)), from: 1_000_003) else {
            Issue.record("not taken for numbers")
            return
        }
        #expect(layout.width == 4)
        #expect(layout.origin % 4 == 0)
    }

    @Test("a payload that reads back as something else never leaves the encoder")
    func verification() throws {
        let raw = [UInt8](repeating: 7, count: 1000)
        var other = raw
        other[999] = 8
        let chunks = CodecTests.chunks([1000])
        let frame = try CodecTests.encode(other, choice: .zstd)
        #expect(frame.codec == .zstd)
        for (codec, payload) in [
            (Codec.stored, other), (.stored, Array(raw.dropLast())), (.zstd, Array(frame.payload)), (.zstd, Array(frame.payload.dropLast())),
        ] {
            let candidate = BlockEncoder.Candidate(codec: codec, parameters: [], payload: payload)
            #expect {
                try raw.withUnsafeBytes { try BlockEncoder().verify(candidate, chunks: chunks, raw: $0) }
            } throws: {
                ($0 as? TenonError)?.code == .internal
            }
        }
    }
}
