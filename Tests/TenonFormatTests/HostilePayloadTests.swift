import TenonCore
import Testing

@testable import TenonFormat

/// Payloads that someone made to do harm, or that a disk damaged.
struct HostilePayloadTests {
    private func decode(
        _ codec: UInt8, _ payload: [UInt8], parameters: [UInt8] = [], lengths: [UInt32], rawLength: Int? = nil
    ) throws -> [UInt8] {
        try Array(
            BlockDecoder().decode(
                codec: codec, parameters: parameters, chunkLengths: lengths, rawLength: rawLength ?? lengths.reduce(0) { $0 + Int($1) },
                payload: payload[...]))
    }

    private func expectCorrupt(_ comment: Comment, _ body: () throws -> [UInt8]) {
        #expect(comment) { _ = try body() } throws: { ($0 as? TenonError)?.code == .corrupt }
    }

    @Test("lengths beyond the limit are refused before memory is asked for")
    func limits() {
        let tooLong = UInt32(BlockLimits.maximumRawLength + 1)
        for codec in Codec.allCases {
            expectCorrupt("\(codec)") { try decode(codec.rawValue, [], lengths: [tooLong]) }
            expectCorrupt("\(codec)") { try decode(codec.rawValue, [], lengths: [.max, .max]) }
            expectCorrupt("\(codec)") { try decode(codec.rawValue, [], lengths: [], rawLength: -1) }
            expectCorrupt("\(codec)") { try decode(codec.rawValue, [1, 2, 3], lengths: [1, 1], rawLength: 3) }
        }
    }

    @Test("an unknown codec is another version's, not damage")
    func unknownCodec() {
        #expect { try decode(4, [1], lengths: [1]) } throws: { ($0 as? TenonError)?.code == .unsupportedVersion }
    }

    @Test("stored payloads have the raw length, and no codec but planes has parameters")
    func stored() {
        expectCorrupt("short") { try decode(0, [1, 2], lengths: [3]) }
        expectCorrupt("long") { try decode(0, [1, 2, 3, 4], lengths: [3]) }
        expectCorrupt("parameters") { try decode(0, [1, 2, 3], parameters: [0], lengths: [3]) }
    }

    @Test("a zlib stream must end with the payload and hold the raw length", arguments: ["text.zlib"])
    func zlib(name: String) throws {
        let stream = try Golden.bytes(name)
        expectCorrupt("more raw") { try decode(1, stream, lengths: [20_001]) }
        expectCorrupt("less raw") { try decode(1, stream, lengths: [19_999]) }
        expectCorrupt("garbage behind") { try decode(1, stream + [0], lengths: [20_000]) }
        expectCorrupt("second stream") { try decode(1, stream + stream, lengths: [20_000]) }
        expectCorrupt("cut short") { try decode(1, Array(stream.dropLast()), lengths: [20_000]) }
        expectCorrupt("empty") { try decode(1, [], lengths: [20_000]) }
        var damaged = stream
        damaged[damaged.count - 1] ^= 1
        expectCorrupt("checksum") { try decode(1, damaged, lengths: [20_000]) }
    }

    @Test("a zstd payload must be one plain frame of the raw length")
    func zstd() throws {
        let frame = try Golden.bytes("text.zst")
        expectCorrupt("more raw") { try decode(2, frame, lengths: [20_001]) }
        expectCorrupt("less raw") { try decode(2, frame, lengths: [19_999]) }
        expectCorrupt("garbage behind") { try decode(2, frame + [0], lengths: [20_000]) }
        expectCorrupt("second frame") { try decode(2, frame + frame, lengths: [20_000]) }
        expectCorrupt("skippable frame behind") { try decode(2, frame + [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], lengths: [20_000]) }
        expectCorrupt("skippable frame before") { try decode(2, [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0] + frame, lengths: [20_000]) }
        expectCorrupt("empty") { try decode(2, [], lengths: [20_000]) }
        for length in [1, 4, 5, 6, 7, 8, 12, frame.count / 2, frame.count - 1] {
            expectCorrupt("cut at \(length)") { try decode(2, Array(frame.prefix(length)), lengths: [20_000]) }
        }
    }

    @Test("a zstd frame that wants a dictionary, a long window or has no content size is refused")
    func zstdHeaders() {
        let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        let block: [UInt8] = [0x21, 0, 0, 1, 2, 3, 4]  // last, raw, 4 bytes
        #expect(throws: Never.self) { try decode(2, magic + [0x20, 4] + block, lengths: [4]) }
        expectCorrupt("dictionary") { try decode(2, magic + [0x21, 1, 4] + block, lengths: [4]) }
        expectCorrupt("reserved bit") { try decode(2, magic + [0x28, 4] + block, lengths: [4]) }
        expectCorrupt("no content size") { try decode(2, magic + [0x00, 0] + block, lengths: [4]) }
        expectCorrupt("window of 128 MiB") { try decode(2, magic + [0x80, 0x88, 4, 0, 0, 0] + block, lengths: [4]) }
        expectCorrupt("size of 2^63") { try decode(2, magic + [0xE0, 0, 0, 0, 0, 0, 0, 0, 0x80] + block, lengths: [4]) }
    }

    @Test("parameters of planes are taken only as the format has them")
    func planesParameters() throws {
        let payload = try Golden.bytes("weights.planes")
        let lengths: [UInt32] = [10_001, 29_998, 10_001]
        #expect(throws: Never.self) { try decode(3, payload, parameters: [4, 1, 0, 1, 3], lengths: lengths) }
        let wrong: [[UInt8]] = [
            [], [4], [4, 1], [4, 1, 0, 1], [4, 1, 0, 1, 3, 0], [3, 1, 0, 1, 3], [0, 1, 0, 0, 0], [16, 1, 0, 1, 3], [4, 2, 0, 1, 3], [4, 1, 0, 4, 3],
            [2, 0, 0, 1, 2], [255, 255, 255, 255, 255],
        ]
        for parameters in wrong {
            expectCorrupt("\(parameters)") { try decode(3, payload, parameters: parameters, lengths: lengths) }
        }
    }

    @Test("segments of planes can't reach beyond the payload or their plane")
    func planesSegments() throws {
        let payload = try Golden.bytes("weights.planes")
        let parameters: [UInt8] = [4, 1, 0, 1, 3]
        let lengths: [UInt32] = [10_001, 29_998, 10_001]
        expectCorrupt("empty") { try decode(3, [], parameters: parameters, lengths: lengths) }
        expectCorrupt("table alone") { try decode(3, Array(payload.prefix(16)), parameters: parameters, lengths: lengths) }
        expectCorrupt("garbage behind") { try decode(3, payload + [0], parameters: parameters, lengths: lengths) }
        expectCorrupt("cut short") { try decode(3, Array(payload.dropLast()), parameters: parameters, lengths: lengths) }
        for index in 0..<4 {
            for value: UInt32 in [0, 1, .max, 0x7FFF_FFFF, 65_537] {
                var damaged = payload
                withUnsafeBytes(of: value.littleEndian) { damaged.replaceSubrange((4 * index)..<(4 * index + 4), with: $0) }
                expectCorrupt("segment \(index) of \(value)") { try decode(3, damaged, parameters: parameters, lengths: lengths) }
            }
        }
    }

    @Test("damage at any place gives an error or other bytes, never a crash", arguments: [1, 2, 3] as [UInt8])
    func flippedBits(codec: UInt8) throws {
        let names: [UInt8: String] = [1: "text.zlib", 2: "text.zst", 3: "weights.planes"]
        let payload = try Golden.bytes(try #require(names[codec]))
        let parameters: [UInt8] = codec == 3 ? [4, 1, 0, 1, 3] : []
        let lengths: [UInt32] = codec == 3 ? [10_001, 29_998, 10_001] : [20_000]
        var seeded = SeededBytes(seed: 41)
        for _ in 0..<600 {
            var damaged = payload
            for _ in 0..<(1 + seeded.next() % 3) { damaged[Int(seeded.next() % UInt64(payload.count))] ^= UInt8(1 << (seeded.next() % 8)) }
            do {
                let raw = try decode(codec, damaged, parameters: parameters, lengths: lengths)
                #expect(raw.count == lengths.reduce(0) { $0 + Int($1) })
            } catch let error as TenonError {
                #expect(error.code == .corrupt)
            }
        }
    }

    @Test("noise instead of a payload is refused")
    func noise() {
        var seeded = SeededBytes(seed: 42)
        for codec: UInt8 in [1, 2, 3] {
            for length in 0..<100 {
                expectCorrupt("codec \(codec), \(length) bytes") {
                    try decode(codec, seeded.noise(length), parameters: codec == 3 ? [4, 1, 0] : [], lengths: [20_000])
                }
            }
        }
    }
}
