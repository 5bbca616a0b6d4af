import Synchronization
import TenonCore
import TenonFormat

/// A decoded block with a note of which of its objects have been hashed and found right. Each is hashed once, when it is first handed out.
final class CachedBlock: Sendable {
    private let block: DecodedBlock
    /// The id that each object was found to have.
    private let verified: Mutex<[Digest?]>

    init(_ block: DecodedBlock) {
        self.block = block
        verified = Mutex(Array(repeating: nil, count: block.chunkCount))
    }

    var byteCount: Int { block.raw.count }

    /// Why an object is not handed out.
    enum Refusal: Error {
        /// The block has no object at that place: whoever said so is wrong.
        case noSuchPlace
        /// The bytes are not those of the key.
        case wrongHash
    }

    /// The object with `key` at a place in the block.
    func object(_ key: ObjectKey, offset: UInt32, length: UInt32) throws(Refusal) -> StoredBytes {
        guard key.type == block.type, let index = chunk(at: offset) else { throw .noSuchPlace }
        let range = block.range(ofChunk: index)
        guard range.count == Int(length) else { throw .noSuchPlace }
        if verified.withLock({ $0[index] }) != key.id {
            let isRight = block.raw.withUnsafeBytes { ObjectIdentity.matches(UnsafeRawBufferPointer(rebasing: $0[range]), key: key) }
            guard isRight else { throw .wrongHash }
            verified.withLock { $0[index] = key.id }
        }
        return StoredBytes(block: block, range: range)
    }

    private func chunk(at offset: UInt32) -> Int? {
        let offsets = block.chunkOffsets
        var low = 0
        var high = block.chunkCount
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < block.chunkCount && offsets[low] == offset ? low : nil
    }
}
