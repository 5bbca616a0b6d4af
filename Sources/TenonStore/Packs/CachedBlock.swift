import Synchronization
import TenonCore
import TenonFormat

/// A decoded block with the ids that its objects have by their bytes; all are hashed when the first one is handed out.
final class CachedBlock: Sendable {
    private let block: DecodedBlock
    private let ids = Mutex<[Digest?]?>(nil)

    init(_ block: DecodedBlock) {
        self.block = block
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
        guard presentIDs[index] == key.id else { throw .wrongHash }
        return StoredBytes(block: block, range: range)
    }

    private var presentIDs: [Digest?] {
        ids.withLock { known in
            if let known { return known }
            let found = block.presentIDs()
            known = found
            return found
        }
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
