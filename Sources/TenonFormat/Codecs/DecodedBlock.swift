/// A block's raw bytes, and where each chunk lies in them.
package struct DecodedBlock: Sendable {
    package let type: BlockType
    package let raw: [UInt8]
    /// Offset of each chunk in `raw`, and `raw.count` after the last: one more than there are chunks.
    package let chunkOffsets: [UInt32]

    /// `chunkLengths` must add up to `raw.count`.
    package init(type: BlockType, raw: [UInt8], chunkLengths: some Sequence<UInt32>) {
        self.type = type
        self.raw = raw
        var offsets: [UInt32] = [0]
        var position: UInt32 = 0
        for length in chunkLengths {
            position += length
            offsets.append(position)
        }
        precondition(Int(position) == raw.count)
        chunkOffsets = offsets
    }

    package var chunkCount: Int { chunkOffsets.count - 1 }

    package func range(ofChunk index: Int) -> Range<Int> {
        Int(chunkOffsets[index])..<Int(chunkOffsets[index + 1])
    }
}
