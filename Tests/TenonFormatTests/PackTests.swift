import TenonCore
import Testing

@testable import TenonFormat

struct PackTests {
    /// Every object of a pack, read by its footer.
    private func objects(_ bytes: [UInt8]) throws -> [ObjectKey: [UInt8]] {
        let reader = try PackReader.open(ArraySource(bytes))
        var result: [ObjectKey: [UInt8]] = [:]
        for index in 0..<reader.footer.chunkCount {
            let info = reader.footer.chunk(index)
            result[info.key] = try reader.object(info)
        }
        return result
    }

    /// Every object of a pack, found by reading it forward.
    private func scanned(_ bytes: [UInt8]) throws -> (objects: [ObjectKey: [UInt8]], result: PackScanner.Result) {
        var found: [ObjectKey: [UInt8]] = [:]
        let result = try PackScanner.scan(ArraySource(bytes)) { block in
            guard case .objects(let decoded, let ids) = block.content else { return }
            for (index, id) in ids.enumerated() {
                found[ObjectKey(type: decoded.type, id: id)] = Array(decoded.bytes(decoded.range(ofChunk: index)))
            }
        }
        return (found, result)
    }

    @Test("what is written is read, by the footer and without it")
    func roundTrip() throws {
        for compression in CompressionChoice.allCases {
            let pack = try MemoryPack.small(compression: compression)
            let byFooter = try objects(pack.bytes)
            #expect(byFooter.count == 4)
            let (byScan, result) = try scanned(pack.bytes)
            #expect(byScan == byFooter)
            #expect(result.reachedFooter && result.damages.isEmpty && result.blockCount == 3)
            #expect(pack.id == PackID(SHA256Hasher.hash(pack.bytes)))
            for (key, bytes) in byFooter { #expect(pack.footer.find(key)?.length == UInt32(bytes.count)) }
            #expect(pack.footer.find(ObjectKey(type: .node, id: SHA256Hasher.hash([]))) == nil)
        }
    }

    @Test("the frozen pack is written and read as ever")
    func golden() throws {
        let golden = try Golden.bytes("small.pack")
        #expect(try MemoryPack.small().bytes == golden)
        #expect(try objects(golden).count == 4)
    }

    @Test("a pack without blocks is a pack")
    func empty() throws {
        let pack = try MemoryPack([], nonce: 3)
        #expect(try objects(pack.bytes).isEmpty)
        #expect(try scanned(pack.bytes).result.reachedFooter)
    }

    @Test("equal content in two packs gives two names")
    func nonce() throws {
        let blocks = try MemoryPack.smallBlocks(compression: .none)
        #expect(try MemoryPack(blocks, nonce: 1).id != MemoryPack(blocks, nonce: 2).id)
    }

    /// Bytes in memory of which a stretch can't be read.
    private struct BadSource: ByteSource {
        let bytes: [UInt8]
        let bad: Range<UInt64>
        var count: UInt64 { UInt64(bytes.count) }

        func read(at offset: UInt64, count: Int) throws -> [UInt8] {
            if bad.overlaps(offset..<(offset + UInt64(count))) { throw TenonError(.io, "a bad sector") }
            return try ArraySource(bytes).read(at: offset, count: count)
        }
    }

    @Test("a sector that can't be read costs the blocks in it, and no others")
    func badSectors() throws {
        let encoder = BlockEncoder()
        var seeded = SeededBytes(seed: 12)
        var blocks: [EncodedBlock] = []
        for _ in 0..<8 {
            let raw = seeded.noise(9000)
            let chunks = [BlockChunk(id: SHA256Hasher.hash(raw), length: 9000)]
            blocks.append(try raw.withUnsafeBytes { try encoder.encode(type: .data, chunks: chunks, raw: $0, choice: .none, layout: nil) })
        }
        let pack = try MemoryPack(blocks, nonce: 5)
        let sector: UInt64 = 4096
        for start in stride(from: sector, to: UInt64(pack.bytes.count), by: Int(sector)) {
            let source = BadSource(bytes: pack.bytes, bad: start..<(start + sector))
            let whole = (0..<8).filter { index in
                let block = pack.footer.block(index)
                return !source.bad.overlaps(UInt64(block.offset)..<(UInt64(block.offset) + UInt64(block.length)))
            }
            var found: [UInt32] = []
            let result = try PackScanner.scan(source) { found.append($0.info.offset) }
            #expect(found == whole.map { pack.footer.block($0).offset }, "\(start)")
            #expect(result.damages.count <= 1, "\(start)")
            // By its footer too, every other block is read.
            guard !source.bad.overlaps(UInt64(pack.bytes.count - PackTrailer.length - pack.footer.bytes.count)..<source.count) else { continue }
            let reader = try PackReader.open(source)
            for index in 0..<8 {
                if whole.contains(index) {
                    _ = try reader.block(index)
                } else {
                    let error = #expect(throws: TenonError.self) { try reader.block(index) }
                    #expect(error?.code == .corrupt, "\(start)")
                }
            }
        }
        let header = #expect(throws: TenonError.self) { try PackScanner.scan(BadSource(bytes: pack.bytes, bad: 0..<sector)) { _ in } }
        #expect(header?.code == .io)
    }

    @Test("a footer longer than the tail is read in one more read")
    func longFooter() throws {
        let encoder = BlockEncoder()
        var seeded = SeededBytes(seed: 9)
        let raw = seeded.noise(8 * 7000)
        let blocks = try (0..<1).map { _ in
            let chunks = (0..<7000).map { BlockChunk(id: SHA256Hasher.hash(Array(raw[(8 * $0)..<(8 * $0 + 8)])), length: 8) }
            return try raw.withUnsafeBytes { try encoder.encode(type: .data, chunks: chunks, raw: $0, choice: .none, layout: nil) }
        }
        let pack = try MemoryPack(blocks, nonce: 4)
        let reader = try PackReader.open(ArraySource(pack.bytes))
        #expect(reader.footer.chunkCount == 7000)
        #expect(reader.footer.bytes == pack.footer.bytes)
        #expect(reader.footer.bytes.count > PackLimits.tailLength)
    }

    @Test("every truncation is refused by its footer, and read forward gives only what was there", arguments: [CompressionChoice.none, .zstd])
    func truncations(compression: CompressionChoice) throws {
        let pack = try MemoryPack.small(compression: compression)
        let all = try objects(pack.bytes)
        for length in 0..<pack.bytes.count {
            let cut = Array(pack.bytes[..<length])
            #expect(throws: TenonError.self, "\(length)") { try PackReader.open(ArraySource(cut)) }
            guard let (found, _) = try? scanned(cut) else {
                #expect(length < PackHeader.writtenLength)
                continue
            }
            for (key, bytes) in found { #expect(all[key] == bytes, "\(length)") }
        }
    }

    @Test("every changed byte gives an error that is ours, never another value", arguments: [CompressionChoice.none, .zstd])
    func flips(compression: CompressionChoice) throws {
        let pack = try MemoryPack.small(compression: compression)
        let all = try objects(pack.bytes)
        for position in pack.bytes.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = pack.bytes
                damaged[position] ^= mask
                #expect(throws: TenonError.self, "\(position)") { try objects(damaged) }
                let (found, result) = try scanned(damaged)
                for (key, bytes) in found { #expect(all[key] == bytes, "\(position)") }
                // Only the block that was hit is lost.
                #expect(result.blockCount >= 2, "\(position)")
                let damagedBlock = (0..<3).contains { index in
                    let block = pack.footer.block(index)
                    return (Int(block.offset)..<(Int(block.offset) + block.length)).contains(position)
                }
                #expect(result.blockCount == (damagedBlock ? 2 : 3), "\(position)")
            }
        }
    }

    @Test("bytes that were lost or added in the middle cost one block")
    func shifts() throws {
        let pack = try MemoryPack.small()
        let second = pack.footer.block(1)
        let place = Int(second.offset) + Int(second.headLength) + 3
        var shorter = pack.bytes
        shorter.removeSubrange(place..<(place + 5))
        #expect(try scanned(shorter).result.blockCount == 2)
        var longer = pack.bytes
        longer.insert(contentsOf: [1, 2, 3], at: place)
        #expect(try scanned(longer).result.blockCount == 2)
    }

    @Test("stored bytes of a user can't pass for a block, though they are those of a block in another pack")
    func imitation() throws {
        let inner = try MemoryPack.small()
        let chunk = BlockChunk(id: SHA256Hasher.hash(inner.bytes), length: UInt32(inner.bytes.count))
        let block = try inner.bytes.withUnsafeBytes {
            try BlockEncoder().encode(type: .data, chunks: [chunk], raw: $0, choice: .none, layout: nil)
        }
        let outer = try MemoryPack([block, block], nonce: 12)
        var damaged = outer.bytes
        damaged[PackHeader.writtenLength + 20] ^= 1
        let (found, result) = try scanned(damaged)
        #expect(result.blockCount == 1)
        #expect(Array(found.keys) == [ObjectKey(type: .data, id: chunk.id)])
    }

    @Test("a type that is not known is kept under the hash of its bytes")
    func unknownType() throws {
        let type = BlockType(rawValue: 77)
        let object: [UInt8] = Array("of a later release".utf8)
        let block = EncodedBlock(
            type: type, codec: .stored, parameters: [], rawLength: object.count,
            chunks: [BlockChunk(id: SHA256Hasher.hash(object), length: UInt32(object.count))], payload: object[...])
        let pack = try MemoryPack([block], nonce: 5)
        let key = ObjectKey(type: type, id: SHA256Hasher.hash(object))
        #expect(try objects(pack.bytes) == [key: object])
        #expect(try scanned(pack.bytes).objects == [key: object])
    }

    @Test("a codec that is not known is refused when decoded, and only then")
    func unknownCodec() throws {
        let pack = try MemoryPack.small()
        let block = pack.footer.block(0)
        var head = Array(pack.bytes[Int(block.offset)..<(Int(block.offset) + Int(block.headLength))])
        head[13] = 200
        head.replaceSubrange((head.count - 4)..., with: littleEndian(CRC32.checksum(head.dropLast(4))))
        var changed = pack.bytes
        changed.replaceSubrange(Int(block.offset)..<(Int(block.offset) + head.count), with: head)
        var unreadable: [TenonError] = []
        let result = try PackScanner.scan(ArraySource(changed)) { block in
            if case .unreadable(let error) = block.content { unreadable.append(error) }
        }
        #expect(result.blockCount == 3)
        #expect(unreadable.map(\.code) == [.unsupportedVersion])
    }

    @Test("another version, and a feature that is required but not known, are of a newer Tenon")
    func newer() throws {
        for offset in [8, 12] {
            var header = try MemoryPack.small().bytes
            header[offset] = 2
            header.replaceSubrange(36..<40, with: littleEndian(CRC32.checksum(header[..<36])))
            for attempt in [{ _ = try PackReader.open(ArraySource(header)) }, { _ = try PackScanner.scan(ArraySource(header)) { _ in } }] {
                let error = #expect(throws: TenonError.self) { try attempt() }
                #expect(error?.code == .unsupportedVersion)
            }
        }
    }

    @Test("lengths beyond the limits are refused before anything is read for them")
    func limits() throws {
        struct Huge: ByteSource {
            let count = UInt64(PackLimits.maximumPackLength) + 1
            func read(at offset: UInt64, count: Int) throws -> [UInt8] {
                throw TenonError(.internal, "nothing may be read of a pack this long")
            }
        }
        let error = #expect(throws: TenonError.self) { try PackReader.open(Huge()) }
        #expect(error?.code == .corrupt)

        // A footer that claims 2^32 − 1 objects, under a right hash.
        let pack = try MemoryPack.small()
        var footer = pack.footer.bytes
        footer.replaceSubrange(12..<16, with: [0xFF, 0xFF, 0xFF, 0xFF])
        let start = pack.bytes.count - PackTrailer.length - footer.count
        let trailer = PackTrailer(
            footerOffset: UInt64(start), footerLength: UInt64(footer.count), footerHash: SHA256Hasher.hash(footer),
            nonce: Array(pack.bytes[20..<36]))
        #expect(throws: TenonError.self) { try PackReader.open(ArraySource(Array(pack.bytes[..<start]) + footer + trailer.bytes)) }
    }

    @Test("a footer with a right hash but wrong entries is refused")
    func lyingFooter() throws {
        let pack = try MemoryPack.small()
        let start = pack.bytes.count - PackTrailer.length - pack.footer.bytes.count
        for position in 0..<pack.footer.bytes.count {
            var footer = pack.footer.bytes
            footer[position] ^= 1
            let trailer = PackTrailer(
                footerOffset: UInt64(start), footerLength: UInt64(footer.count), footerHash: SHA256Hasher.hash(footer),
                nonce: Array(pack.bytes[20..<36]))
            #expect(throws: TenonError.self, "\(position)") {
                _ = try objects(Array(pack.bytes[..<start]) + footer + trailer.bytes)
            }
        }
    }

    private func littleEndian(_ value: UInt32) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.appendLittleEndian(value)
        return bytes
    }
}
