import Testing

@testable import TenonFormat

struct ChunkerTests {
    /// The lengths that the chunker cuts `file` into when it comes in segments of the lengths that `segment` gives.
    private func cuts(_ file: [UInt8], segment: () -> Int) -> [Int] {
        var chunker = Chunker()
        var lengths: [Int] = []
        var start = 0
        var end = 0
        file.withUnsafeBytes { buffer in
            while start < file.count {
                let isEnd = end == file.count
                if let length = chunker.next(in: UnsafeRawBufferPointer(rebasing: buffer[start..<end]), isEnd: isEnd) {
                    lengths.append(length)
                    start += length
                } else {
                    end = min(file.count, end + segment())
                }
            }
        }
        return lengths
    }

    @Test("the table is SplitMix64's first outputs")
    func table() {
        // Computed apart from this code, in Python.
        #expect(GearTable.values.count == 256)
        #expect(GearTable.values[0] == 0x6E78_9E6A_A1B9_65F4)
        #expect(GearTable.values[1] == 0x06C4_5D18_8009_454F)
        #expect(GearTable.values[255] == 0xCBDC_6D34_B7C7_534D)
        #expect(GearTable.values.reduce(0, ^) == 0xDA88_2DAC_4A8C_869F)
    }

    @Test("cuts are those of the definition, however the file is read", arguments: 0..<24)
    func agreesWithDefinition(round: Int) {
        var seeded = SeededBytes(seed: UInt64(round))
        let length = Int(seeded.next() % 1_500_000)
        // Noise, text, noise with zeros in it (whose hash never changes), and few values.
        let file: [UInt8] =
            switch round % 4 {
            case 0: seeded.noise(length)
            case 1: seeded.text(length)
            case 2: seeded.noise(length / 3) + [UInt8](repeating: 0, count: length / 3) + seeded.noise(length / 3)
            default: seeded.noise(length).map { $0 & 3 }
            }
        let expected = PlainChunker.cuts(of: file)
        #expect(cuts(file) { file.count } == expected)
        #expect(cuts(file) { 1 + Int(seeded.next() % 40_000) } == expected)
        #expect(cuts(file) { 16_384 } == expected)
        #expect(expected.reduce(0, +) == file.count)
    }

    @Test("a file may come byte by byte")
    func bytewise() {
        var seeded = SeededBytes(seed: 7)
        let file = seeded.noise(200_000)
        #expect(cuts(file) { 1 } == PlainChunker.cuts(of: file))
    }

    @Test("lengths stay within bounds, and zeros are cut at the maximum")
    func bounds() {
        let zeros = [UInt8](repeating: 0, count: 600_000)
        #expect(cuts(zeros) { 100_000 } == [262_144, 262_144, 75_712])
        #expect(cuts([]) { 1 } == [])
        #expect(cuts([1]) { 1 } == [1])
        #expect(cuts([UInt8](repeating: 9, count: 16_384)) { 5000 } == [16_384])
    }

    @Test("a byte put in moves cuts only near it")
    func resynchronises() {
        var seeded = SeededBytes(seed: 11)
        var file = seeded.noise(4 << 20)
        func ends(_ lengths: [Int]) -> [Int] { lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }
        let before = Set(ends(PlainChunker.cuts(of: file)).map { file.count - $0 })
        file.insert(42, at: 2_000_000)
        let after = Set(ends(PlainChunker.cuts(of: file)).map { file.count - $0 })
        let common = before.intersection(after)
        #expect(common.filter { $0 < file.count - 2_600_000 }.count > 8)
    }

    @Test("cuts of seeded data are frozen")
    func golden() throws {
        var seeded = SeededBytes(seed: 2026)
        let file = seeded.noise(3 << 20) + seeded.text(1 << 20) + seeded.weights(1 << 18)
        let lengths = cuts(file) { 1 << 20 }
        #expect(lengths.map(String.init).joined(separator: "\n") + "\n" == String(decoding: try Golden.bytes("chunk-cuts.txt"), as: UTF8.self))
    }
}
