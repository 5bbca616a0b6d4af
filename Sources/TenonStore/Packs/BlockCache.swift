import Synchronization

/// Decoded blocks, as many as fit a number of bytes, the least recently used dropped first. Two threads that want one block decode it once.
final class BlockCache: Sendable {
    /// One block; its own lock is held while it is decoded.
    private final class Slot: Sendable {
        let block = Mutex<CachedBlock?>(nil)
    }

    private struct Entry {
        var slot: Slot
        /// 0 until the block is decoded.
        var byteCount: Int
        var lastUse: UInt64
    }

    private struct State {
        var entries: [BlockAddress: Entry] = [:]
        var byteCount = 0
        var clock: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// `limit`: bytes of decoded blocks to keep.
    init(limit: Int) {
        self.limit = limit
    }

    /// The block at `address`, from the cache or from `decode`, which must not come back to this cache for the same block.
    func block(at address: BlockAddress, decode: () throws -> CachedBlock) throws -> CachedBlock {
        let slot = state.withLock { state in
            state.clock += 1
            var entry = state.entries[address] ?? Entry(slot: Slot(), byteCount: 0, lastUse: 0)
            entry.lastUse = state.clock
            state.entries[address] = entry
            return entry.slot
        }
        do {
            return try slot.block.withLock { block in
                if let block { return block }
                let decoded = try decode()
                block = decoded
                note(decoded.byteCount, of: slot, at: address)
                return decoded
            }
        } catch {
            state.withLock { state in
                if let entry = state.entries[address], entry.slot === slot, entry.byteCount == 0 { state.entries[address] = nil }
            }
            throw error
        }
    }

    /// Forgets every block of a pack.
    func remove(pack: UInt32) {
        state.withLock { state in
            for (address, entry) in state.entries where address.pack == pack {
                state.byteCount -= entry.byteCount
                state.entries[address] = nil
            }
        }
    }

    /// Forgets everything: what is asked for next comes from disk.
    func removeAll() {
        state.withLock { state in
            state.entries = [:]
            state.byteCount = 0
        }
    }

    private func note(_ byteCount: Int, of slot: Slot, at address: BlockAddress) {
        state.withLock { state in
            guard var entry = state.entries[address], entry.slot === slot else { return }
            entry.byteCount = max(1, byteCount)
            state.entries[address] = entry
            state.byteCount += entry.byteCount
            guard state.byteCount > limit else { return }
            // A few hundred entries at most; one pass frees an eighth, so that passes are rare.
            for (old, oldEntry) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) where oldEntry.byteCount > 0 && old != address {
                state.entries[old] = nil
                state.byteCount -= oldEntry.byteCount
                if state.byteCount <= limit - limit / 8 { break }
            }
        }
    }
}
