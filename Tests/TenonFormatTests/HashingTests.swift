import TenonCore
import Testing

@testable import TenonFormat

struct HashingTests {
    @Test("the hash of nothing and of 'abc' are those of FIPS 180-4")
    func knownValues() {
        #expect(SHA256Hasher.hash([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256Hasher.hash(Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("the kernel and the library agree at every length around a block's end")
    func kernelAgrees() {
        var seeded = SeededBytes(seed: 1)
        let bytes = seeded.noise(1000)
        for length in Array(0...200) + [255, 256, 257, 511, 512, 513, 1000] {
            bytes.withUnsafeBytes { buffer in
                let slice = UnsafeRawBufferPointer(rebasing: buffer[..<length])
                #expect(SHA256Hasher.hash(slice) == SHA256Hasher.plainHash(slice), "length \(length)")
            }
        }
    }

    @Test("many pieces hash together as each does alone, two and sixteen at a time", arguments: 0..<60)
    func piecesTogether(round: Int) {
        var seeded = SeededBytes(seed: UInt64(300 + round))
        // Of nothing, of less than a block, of many blocks; of lengths alike and of very different ones.
        let longest = [1, 130, 5000, 40_000][round % 4]
        let pieces = (0..<round).map { index in seeded.noise(index % 11 == 3 ? longest / 50 : Int(seeded.next() % UInt64(longest))) }
        let whole = pieces.flatMap { $0 }
        var start = 0
        let ranges = pieces.map { piece in
            defer { start += piece.count }
            return start..<(start + piece.count)
        }
        let expected = pieces.map { $0.withUnsafeBytes { SHA256Hasher.plainHash($0) } }
        whole.withUnsafeBytes { bytes in
            let views = ranges.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
            #expect(SHA256Hasher.hashEach(views) == expected)
            if SHA256State.isAvailable { #expect(SHA256Hasher.hashByTwo(views) == expected) }
        }
    }

    @Test("sixteen at a time gives each length around a block's end its own hash")
    func lengthsTogether() {
        var seeded = SeededBytes(seed: 7)
        let bytes = seeded.noise(400)
        bytes.withUnsafeBytes { bytes in
            let pieces = (0...400).map { UnsafeRawBufferPointer(rebasing: bytes[..<$0]) }
            #expect(SHA256Hasher.hashEach(pieces) == pieces.map { SHA256Hasher.plainHash($0) })
        }
    }

    @Test("CRC-32 by the kernel is zlib's, at every length and from every state")
    func checksums() {
        var seeded = SeededBytes(seed: 5)
        let bytes = seeded.noise(5000)
        #expect(CRC32.checksum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
        for length in Array(0...400) + [4095, 4096, 4097, 5000] {
            let previous = [0, UInt32.max, UInt32(truncatingIfNeeded: seeded.next())][length % 3]
            bytes.withUnsafeBytes { buffer in
                let slice = UnsafeRawBufferPointer(rebasing: buffer[(5000 - length)...])
                #expect(CRC32.checksum(slice, previous: previous) == CRC32.plainChecksum(slice, previous: previous), "length \(length)")
            }
        }
    }

    @Test("bytes in pieces hash as they do whole")
    func streaming() {
        var seeded = SeededBytes(seed: 2)
        let bytes = seeded.noise(50_000)
        var hasher = StreamingSHA256()
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int(seeded.next() % 3000))
            hasher.update(Array(bytes[start..<end]))
            start = end
        }
        #expect(hasher.finalize() == SHA256Hasher.hash(bytes))
    }

    @Test("one pass gives the file's oid and each chunk's id, with the kernel and without", arguments: 0..<60)
    func fileHasher(round: Int) {
        var seeded = SeededBytes(seed: UInt64(100 + round))
        // From a file of nothing to one of many chunks, of all lengths.
        var lengths: [Int] = []
        for _ in 0..<(round % 7) { lengths.append(1 + Int(seeded.next() % (round % 2 == 0 ? 200 : 70_000))) }
        let file = seeded.noise(lengths.reduce(0, +))
        var kernel = FileHasher()
        var plain = FileHasher(usesKernel: false)
        var start = 0
        for (index, length) in lengths.enumerated() {
            let isLast = index == lengths.count - 1
            let chunk = Array(file[start..<(start + length)])
            chunk.withUnsafeBytes { bytes in
                let expected = ChunkID(SHA256Hasher.plainHash(bytes))
                #expect(kernel.add(bytes, isLast: isLast) == expected)
                #expect(plain.add(bytes, isLast: isLast) == expected)
            }
            start += length
        }
        let expected = file.withUnsafeBytes { OID(SHA256Hasher.plainHash($0)) }
        #expect(kernel.finalize() == expected)
        #expect(plain.finalize() == expected)
    }

    @Test("a file of one chunk has its oid as the chunk's id")
    func singleChunk() {
        let bytes = Array("one chunk".utf8)
        var hasher = FileHasher()
        let id = bytes.withUnsafeBytes { hasher.add($0, isLast: true) }
        #expect(hasher.finalize().digest == id.digest)
    }
}
