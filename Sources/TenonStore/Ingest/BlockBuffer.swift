import TenonFormat

/// Memory in which a block of new chunks grows in front of bytes that are not cut yet.
///
/// Unchecked because the compiler can't see who has it: one thread at a time, handed over with a block that is to be compressed.
final class BlockBuffer: @unchecked Sendable {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockLimits.dataBlockLength, alignment: 4096)

    deinit {
        memory.deallocate()
    }
}

/// A block of new chunks that is ready to be compressed.
struct PendingBlock: Sendable {
    let buffer: BlockBuffer
    let chunks: [BlockChunk]
    let length: Int
    let layout: ElementLayout?
}
