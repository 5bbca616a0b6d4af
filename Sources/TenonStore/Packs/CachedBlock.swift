import Synchronization
import TenonCore
import TenonFormat

/// How sure it is that an object that is read is the one with its key.
enum ObjectProof {
    /// Its bytes are hashed.
    case hash
    /// The pack's footer, which is hashed, gives it that key, and the block's checksums are right. Only for packs of which every object was proved by
    /// its hash before; else its bytes are hashed too.
    case checksum
}

/// A decoded block with the ids that its objects have by their bytes; all are hashed when the first one is handed out that is to be proved by that.
final class CachedBlock: Sendable {
    private let block: DecodedBlock
    private let ids = Mutex<[Digest?]?>(nil)
    private let listedIDs: [Digest]?

    /// - Parameter listedIDs: what the footer says of the objects' ids, in their order, if that was proved before.
    init(_ block: DecodedBlock, listedIDs: [Digest]? = nil) {
        self.block = block
        self.listedIDs = listedIDs
    }

    var byteCount: Int { block.byteCount }

    /// A part of the raw bytes.
    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> { block.bytes(range) }

    /// Why an object is not handed out.
    enum Refusal: Error {
        /// The block has no object at that place: whoever said so is wrong.
        case noSuchPlace
        /// The bytes are not those of the key.
        case wrongHash
    }

    /// The object with `key` at a place in the block.
    func object(_ key: ObjectKey, offset: UInt32, length: UInt32, proof: ObjectProof = .hash) throws(Refusal) -> StoredBytes {
        guard key.type == block.type, let index = chunk(at: offset) else { throw .noSuchPlace }
        let range = block.range(ofChunk: index)
        guard range.count == Int(length) else { throw .noSuchPlace }
        if proof == .checksum, let listedIDs {
            // Whoever said that it lies here is wrong.
            guard index < listedIDs.count, listedIDs[index] == key.id else { throw .noSuchPlace }
        } else {
            guard presentIDs[index] == key.id else { throw .wrongHash }
        }
        return StoredBytes(block: self, range: range)
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
