import TenonCore
import TenonFormat

/// What look-ups see at one moment: segments, the packs that count, and the blocks that don't.
final class IndexView: Sendable {
    /// A segment with the catalog's number for each of its packs; 0 for one that does not count.
    struct Part: Sendable {
        let segment: IndexSegment
        let packs: [UInt32]
    }

    let parts: [Part]
    /// `BlockAddress.packed` of blocks found damaged.
    let damaged: Set<UInt64>

    init(segments: [IndexSegment], numbers: [PackID: UInt32], damaged: Set<UInt64>) {
        // The largest first: that is where most objects are.
        parts = segments.sorted { $0.entryCount > $1.entryCount }.map { segment in
            Part(segment: segment, packs: segment.packs.map { numbers[$0] ?? 0 })
        }
        self.damaged = damaged
    }

    /// One place of `key` that counts.
    func location(of key: ObjectKey) -> ObjectLocation? {
        var result: ObjectLocation?
        visit(key, includingDamaged: false) { location in
            result = location
            return true
        }
        return result
    }

    /// All places of `key` that count, and after them, if `includingDamaged`, those in damaged blocks: part of such a block may be good.
    func locations(of key: ObjectKey, includingDamaged: Bool) -> [ObjectLocation] {
        var result: [ObjectLocation] = []
        visit(key, includingDamaged: includingDamaged) { location in
            if !result.contains(location) { result.append(location) }
            return false
        }
        if includingDamaged, !damaged.isEmpty {
            let isGood = result.map { !damaged.contains($0.address.packed) }
            result = zip(result, isGood).filter { $0.1 }.map { $0.0 } + zip(result, isGood).filter { !$0.1 }.map { $0.0 }
        }
        return result
    }

    @inline(__always)
    private func visit(_ key: ObjectKey, includingDamaged: Bool, _ accept: (ObjectLocation) -> Bool) {
        for part in parts {
            let isDone = part.segment.find(key) { entry in
                guard Int(entry.pack) < part.packs.count else { return false }
                let number = part.packs[Int(entry.pack)]
                guard number != 0 else { return false }
                let location = ObjectLocation(pack: number, block: entry.block, offset: entry.offset, length: entry.length)
                if !includingDamaged, !damaged.isEmpty, damaged.contains(location.address.packed) { return false }
                return accept(location)
            }
            if isDone { return }
        }
    }
}
