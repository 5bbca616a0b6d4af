/// A block's raw bytes, and where each chunk lies in them.
package struct DecodedBlock: Sendable {
    package let type: BlockType
    /// May be a part of what was read: a stored block is not copied.
    private let raw: ArraySlice<UInt8>
    /// Offset of each chunk in the raw bytes, and `byteCount` after the last: one more than there are chunks.
    package let chunkOffsets: [UInt32]

    /// `chunkLengths` must add up to `raw.count`.
    package init(type: BlockType, raw: ArraySlice<UInt8>, chunkLengths: some Sequence<UInt32>) {
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

    /// Length of the raw bytes.
    package var byteCount: Int { raw.count }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try raw.withUnsafeBytes(body)
    }

    /// A part of the raw bytes.
    package func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> {
        raw[(raw.startIndex + range.lowerBound)..<(raw.startIndex + range.upperBound)]
    }

    package func range(ofChunk index: Int) -> Range<Int> {
        Int(chunkOffsets[index])..<Int(chunkOffsets[index + 1])
    }
}
