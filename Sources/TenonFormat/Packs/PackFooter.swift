import TenonCore

/// Where one block lies in its pack, and how it is written.
package struct PackBlockInfo: Hashable, Sendable {
    /// Of the block's mark, from the beginning of the pack.
    package let offset: UInt32
    package let headLength: UInt32
    package let storedLength: UInt32
    package let rawLength: UInt32
    package let type: BlockType
    /// The codec's number, known or not.
    package let codec: UInt8

    /// Bytes of the whole block: head, payload, and the payload's checksum.
    package var length: Int { Int(headLength) + Int(storedLength) + BlockHead.checksumLength }
}

/// Where one object lies.
package struct PackChunkInfo: Hashable, Sendable {
    package let key: ObjectKey
    /// Index of the block in the pack.
    package let block: Int
    /// Of the object, in the block's raw bytes.
    package let offset: UInt32
    package let length: UInt32
}

/// A pack's list of what it holds: its blocks in order, and its objects sorted by key.
///
/// It is held as the bytes that stand in the pack, 20 for each block and 44 for each object, and nothing else.
package struct PackFooter: Sendable {
    /// As in the pack.
    package let bytes: [UInt8]
    package let blockCount: Int
    package let chunkCount: Int

    static let fixedLength = 16
    static let blockEntryLength = 20
    static let chunkEntryLength = 44

    /// Checks every rule that can be checked without the blocks, and keeps `bytes`.
    ///
    /// - Parameters:
    ///   - headerLength: Where the first block must begin.
    ///   - offset: Where the footer begins, and so where the last block must end.
    init(parsing bytes: [UInt8], marks: PackMarks, headerLength: Int, offset: UInt64) throws {
        guard bytes.count >= PackFooter.fixedLength else { throw PackFooter.damaged("it is too short") }
        let (mark, blocks, chunks) = bytes.withUnsafeBytes {
            ($0.littleEndian(at: 0, as: UInt64.self), $0.littleEndian(at: 8, as: UInt32.self), $0.littleEndian(at: 12, as: UInt32.self))
        }
        guard mark == marks.footer else { throw PackFooter.damaged("it does not begin with the mark of a footer") }
        let expected =
            UInt64(PackFooter.fixedLength) + UInt64(blocks) * UInt64(PackFooter.blockEntryLength)
            + UInt64(chunks) * UInt64(PackFooter.chunkEntryLength)
        guard expected == UInt64(bytes.count) else { throw PackFooter.damaged("its counts don't give its length") }
        self.bytes = bytes
        blockCount = Int(blocks)
        chunkCount = Int(chunks)
        try checkBlocks(headerLength: headerLength, footerOffset: offset)
        try checkChunks()
    }

    /// Lays out a footer for blocks in their order and objects in any order.
    init(marks: PackMarks, blocks: [PackBlockInfo], chunks: [PackChunkInfo]) {
        var bytes = [UInt8]()
        bytes.reserveCapacity(
            PackFooter.fixedLength + blocks.count * PackFooter.blockEntryLength + chunks.count * PackFooter.chunkEntryLength)
        bytes.appendLittleEndian(marks.footer)
        bytes.appendLittleEndian(UInt32(blocks.count))
        bytes.appendLittleEndian(UInt32(chunks.count))
        for block in blocks {
            bytes.appendLittleEndian(block.offset)
            bytes.appendLittleEndian(block.headLength)
            bytes.appendLittleEndian(block.storedLength)
            bytes.appendLittleEndian(block.rawLength)
            bytes.append(block.type.rawValue)
            bytes.append(block.codec)
            bytes.appendLittleEndian(UInt16(0))
        }
        for chunk in chunks.sorted(by: PackFooter.precedes) {
            chunk.key.id.append(to: &bytes)
            bytes.appendLittleEndian(UInt32(chunk.block))
            bytes.appendLittleEndian(chunk.offset)
            bytes.appendLittleEndian(chunk.length)
        }
        self.bytes = bytes
        blockCount = blocks.count
        chunkCount = chunks.count
    }

    /// The block with `index`, which must be below `blockCount`.
    package func block(_ index: Int) -> PackBlockInfo {
        precondition(index >= 0 && index < blockCount)
        return bytes.withUnsafeBytes { raw in
            let start = blockStart(index)
            return PackBlockInfo(
                offset: raw.littleEndian(at: start, as: UInt32.self),
                headLength: raw.littleEndian(at: start + 4, as: UInt32.self),
                storedLength: raw.littleEndian(at: start + 8, as: UInt32.self),
                rawLength: raw.littleEndian(at: start + 12, as: UInt32.self),
                type: BlockType(rawValue: raw[start + 16]),
                codec: raw[start + 17])
        }
    }

    /// The object with `index` in the order of keys, which must be below `chunkCount`.
    package func chunk(_ index: Int) -> PackChunkInfo {
        precondition(index >= 0 && index < chunkCount)
        return bytes.withUnsafeBytes { raw in
            let start = chunksStart + index * PackFooter.chunkEntryLength
            let block = Int(raw.littleEndian(at: start + 32, as: UInt32.self))
            return PackChunkInfo(
                key: ObjectKey(type: type(ofBlock: block, in: raw), id: Digest(loading: UnsafeRawBufferPointer(rebasing: raw[start..<(start + 32)]))),
                block: block,
                offset: raw.littleEndian(at: start + 36, as: UInt32.self),
                length: raw.littleEndian(at: start + 40, as: UInt32.self))
        }
    }

    /// The first object with `key`, by binary search.
    package func find(_ key: ObjectKey) -> PackChunkInfo? {
        var low = 0
        var high = chunkCount
        while low < high {
            let middle = (low + high) / 2
            if chunk(middle).key < key { low = middle + 1 } else { high = middle }
        }
        guard low < chunkCount else { return nil }
        let found = chunk(low)
        return found.key == key ? found : nil
    }

    /// The ids of each block's objects, in the order in which they lie in it.
    package func objectIDs() -> [[Digest]] {
        var placed: [[(offset: UInt32, id: Digest)]] = Array(repeating: [], count: blockCount)
        for index in 0..<chunkCount {
            let chunk = chunk(index)
            placed[chunk.block].append((chunk.offset, chunk.key.id))
        }
        return placed.map { $0.sorted { $0.offset < $1.offset }.map(\.id) }
    }

    /// The ids of one block's objects, in the order in which they lie in it.
    package func objectIDs(ofBlock block: Int) -> [Digest] {
        var placed: [(offset: UInt32, id: Digest)] = []
        bytes.withUnsafeBytes { raw in
            for start in stride(from: chunksStart, to: raw.count, by: PackFooter.chunkEntryLength)
            where Int(raw.littleEndian(at: start + 32, as: UInt32.self)) == block {
                let id = Digest(loading: UnsafeRawBufferPointer(rebasing: raw[start..<(start + 32)]))
                placed.append((raw.littleEndian(at: start + 36, as: UInt32.self), id))
            }
        }
        return placed.sorted { $0.offset < $1.offset }.map(\.id)
    }

    private func blockStart(_ index: Int) -> Int { PackFooter.fixedLength + index * PackFooter.blockEntryLength }

    private var chunksStart: Int { PackFooter.fixedLength + blockCount * PackFooter.blockEntryLength }

    private func type(ofBlock index: Int, in raw: UnsafeRawBufferPointer) -> BlockType {
        BlockType(rawValue: raw[blockStart(index) + 16])
    }

    private static func damaged(_ cause: String) -> TenonError {
        TenonError(.corrupt, "the pack's footer is damaged", cause: cause)
    }

    /// By key, then by place.
    private static func precedes(_ left: PackChunkInfo, _ right: PackChunkInfo) -> Bool {
        if left.key != right.key { return left.key < right.key }
        return (left.block, left.offset) < (right.block, right.offset)
    }

    /// Blocks must fill the space between header and footer, in order, without gaps.
    private func checkBlocks(headerLength: Int, footerOffset: UInt64) throws {
        var position = UInt64(headerLength)
        for index in 0..<blockCount {
            let info = block(index)
            guard UInt64(info.offset) == position else {
                throw PackFooter.damaged("block \(index) does not begin where the one before it ends")
            }
            guard info.headLength >= BlockHead.fixedLength + BlockHead.checksumLength, info.headLength <= PackLimits.maximumHeadLength,
                info.storedLength <= BlockLimits.maximumRawLength, info.rawLength <= BlockLimits.maximumRawLength, info.rawLength >= 1
            else { throw PackFooter.damaged("the lengths of block \(index) are not possible") }
            guard bytes.withUnsafeBytes({ $0.littleEndian(at: blockStart(index) + 18, as: UInt16.self) }) == 0 else {
                throw PackFooter.damaged("the reserved bytes of block \(index) are not zero")
            }
            position += UInt64(info.length)
        }
        guard position == footerOffset else { throw PackFooter.damaged("the last block does not end where the footer begins") }
    }

    /// Objects must be in order, and those of each block must lie in it and add up to its length.
    private func checkChunks() throws {
        var lengths = [UInt64](repeating: 0, count: blockCount)
        var previous: PackChunkInfo?
        for index in 0..<chunkCount {
            let blockIndex = bytes.withUnsafeBytes {
                Int($0.littleEndian(at: chunksStart + index * PackFooter.chunkEntryLength + 32, as: UInt32.self))
            }
            guard blockIndex < blockCount else { throw PackFooter.damaged("object \(index) lies in a block that is not there") }
            let info = chunk(index)
            guard info.length >= 1, UInt64(info.offset) + UInt64(info.length) <= UInt64(block(blockIndex).rawLength) else {
                throw PackFooter.damaged("object \(index) lies outside its block")
            }
            if let previous, !PackFooter.precedes(previous, info) { throw PackFooter.damaged("its objects are out of order") }
            lengths[blockIndex] += UInt64(info.length)
            previous = info
        }
        for index in 0..<blockCount where lengths[index] != UInt64(block(index).rawLength) {
            throw PackFooter.damaged("the objects of block \(index) don't add up to its length")
        }
    }
}
