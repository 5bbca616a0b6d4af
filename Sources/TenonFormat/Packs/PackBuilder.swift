import TenonCore

/// Lays out one pack. It holds no file and keeps no payload: the caller writes the bytes it returns, in order, one after the other.
///
/// First `header`, then for each block what `append` returns, then what `finish` returns.
package struct PackBuilder: ~Copyable {
    /// The bytes of one block, to be written in this order.
    package struct Piece: Sendable {
        package let head: [UInt8]
        package let payload: ArraySlice<UInt8>
        /// The payload's CRC-32.
        package let checksum: [UInt8]
        /// Index of the block in the pack.
        package let block: Int
        package let info: PackBlockInfo
    }

    /// The end of a pack.
    package struct Ending: Sendable {
        /// Footer and trailer, to be written last.
        package let bytes: [UInt8]
        /// SHA-256 of the whole pack, which is its name.
        package let id: PackID
        package let footer: PackFooter
        /// Of the whole pack.
        package let length: UInt64
    }

    /// To be written first.
    package let header: [UInt8]
    /// Bytes of the pack so far, without footer and trailer.
    package private(set) var byteCount: UInt64
    package var blockCount: Int { blocks.count }
    package var chunkCount: Int { chunks.count }

    private let nonce: [UInt8]
    private let marks: PackMarks
    private var hasher = StreamingSHA256()
    private var blocks: [PackBlockInfo] = []
    private var chunks: [PackChunkInfo] = []

    /// `nonce` must be 16 random bytes, new for each pack.
    package init(nonce: [UInt8]) {
        let header = PackHeader(nonce: nonce)
        self.nonce = nonce
        marks = header.marks
        self.header = header.bytes
        byteCount = UInt64(self.header.count)
        hasher.update(self.header)
    }

    /// Adds `block`, whose objects are listed under the ids it names.
    ///
    /// Throws `internal` for a block that readers would refuse: one that is empty, too long, or whose chunks don't add up to its length.
    package mutating func append(_ block: EncodedBlock) throws -> Piece {
        let total = block.chunks.reduce(UInt64(0)) { $0 + UInt64($1.length) }
        guard !block.chunks.isEmpty, block.chunks.allSatisfy({ $0.length >= 1 }), total == UInt64(block.rawLength),
            block.rawLength <= BlockLimits.maximumRawLength, block.payload.count <= BlockLimits.maximumRawLength
        else {
            throw TenonError(.internal, "a block can't be written", cause: "its chunks don't add up to its length, or it is too long")
        }
        let head = BlockHead.bytes(of: block, marks: marks)
        let length = UInt64(head.count + block.payload.count + BlockHead.checksumLength)
        guard head.count <= PackLimits.maximumHeadLength, byteCount + length <= UInt64(PackLimits.maximumWrittenPackLength) else {
            throw TenonError(.internal, "a block can't be written", cause: "the pack would be too long")
        }
        var checksum = [UInt8]()
        checksum.appendLittleEndian(block.checksum ?? CRC32.checksum(block.payload))
        hasher.update(head)
        hasher.update(block.payload)
        hasher.update(checksum)
        let info = PackBlockInfo(
            offset: UInt32(byteCount), headLength: UInt32(head.count), storedLength: UInt32(block.payload.count),
            rawLength: UInt32(block.rawLength), type: block.type, codec: block.codec.rawValue)
        let index = blocks.count
        var offset: UInt32 = 0
        for chunk in block.chunks {
            let key = ObjectKey(type: block.type, id: chunk.id)
            chunks.append(PackChunkInfo(key: key, block: index, offset: offset, length: chunk.length))
            offset += chunk.length
        }
        blocks.append(info)
        byteCount += length
        return Piece(head: head, payload: block.payload, checksum: checksum, block: index, info: info)
    }

    /// Bytes that the whole pack would have if it ended now.
    package var finishedLength: UInt64 { byteCount + PackBuilder.endingLength(blocks: blocks.count, objects: chunks.count) }

    /// Bytes of a pack with these blocks as they are, and so many objects in them.
    package static func length(of blocks: [PackBlockInfo], objects: Int) -> UInt64 {
        blocks.reduce(UInt64(PackHeader.writtenLength)) { $0 + UInt64($1.length) } + endingLength(blocks: blocks.count, objects: objects)
    }

    private static func endingLength(blocks: Int, objects: Int) -> UInt64 {
        UInt64(PackFooter.fixedLength + blocks * PackFooter.blockEntryLength + objects * PackFooter.chunkEntryLength + PackTrailer.length)
    }

    /// Ends the pack.
    package consuming func finish() -> Ending {
        let footer = PackFooter(marks: marks, blocks: blocks, chunks: chunks)
        let trailer = PackTrailer(
            footerOffset: byteCount, footerLength: UInt64(footer.bytes.count), footerHash: SHA256Hasher.hash(footer.bytes), nonce: nonce)
        let bytes = footer.bytes + trailer.bytes
        let length = byteCount + UInt64(bytes.count)
        hasher.update(bytes)
        return Ending(bytes: bytes, id: PackID(hasher.finalize()), footer: footer, length: length)
    }
}
