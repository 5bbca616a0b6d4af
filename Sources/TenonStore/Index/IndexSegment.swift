import TenonCore
import TenonFormat

/// An immutable sorted part of the chunk index, in a file or in memory: (type, id) → pack, block, place.
final class IndexSegment: Sendable {
    /// The packs whose objects are all in here.
    let packs: [PackID]
    /// The file that holds it; `nil` for one in memory.
    let path: String?
    let entryCount: Int

    private let memory: SegmentMemory
    private let trailer: IndexTrailer
    private let checksum: Digest
    private let ranges: [IndexTrailer.TypeRange]

    /// Takes a segment's bytes. Throws `corrupt` if their structure is wrong; the checksum is left to `verify`.
    init(memory: SegmentMemory, path: String?) throws(TenonError) {
        func damaged(_ cause: String) -> TenonError {
            TenonError(.corrupt, "index file '\(displayName((path ?? "in memory").utf8))' is damaged", cause: cause)
        }
        guard let (trailer, checksum) = IndexTrailer.read(memory.bytes) else { throw damaged("its end is not that of an index file") }
        let bytes = memory.bytes
        var ranges: [IndexTrailer.TypeRange] = []
        for index in 0..<Int(trailer.typeCount) {
            let place = Int(trailer.typesOffset) + index * MemoryLayout<IndexTrailer.TypeRange>.stride
            let range = bytes.load(fromByteOffset: place, as: IndexTrailer.TypeRange.self)
            guard range.type <= 255, range.start <= trailer.entryCount, range.count <= trailer.entryCount - range.start, range.bits <= 32,
                range.buckets % 4 == 0, range.buckets <= UInt64(bytes.count), ((1 << range.bits) + 1) * 4 <= UInt64(bytes.count) - range.buckets
            else { throw damaged("a range of its entries lies outside") }
            ranges.append(range)
        }
        self.memory = memory
        self.path = path
        self.trailer = trailer
        self.checksum = checksum
        self.ranges = ranges
        entryCount = Int(trailer.entryCount)
        packs = (0..<Int(trailer.packCount)).map { index in
            PackID(bytes.load(fromByteOffset: Int(trailer.packsOffset) + index * Digest.byteCount, as: Digest.self))
        }
    }

    var byteCount: Int { memory.bytes.count }

    /// Whether all bytes are as they were written.
    func verify() -> Bool {
        let covered = UnsafeRawBufferPointer(rebasing: memory.bytes.dropLast(IndexTrailer.byteCount))
        return SHA256Hasher.hash(covered) == checksum
    }

    /// The types of which there are entries, in order, with their number.
    var types: [(type: BlockType, count: Int)] {
        ranges.map { (BlockType(rawValue: UInt8(truncatingIfNeeded: $0.type)), Int($0.count)) }
    }

    /// All entries of one type, sorted by id. Good while this segment is kept.
    func entries(of type: BlockType) -> UnsafeBufferPointer<IndexEntry> {
        guard let range = ranges.first(where: { $0.type == UInt64(type.rawValue) }) else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(rebasing: allEntries[Int(range.start)..<Int(range.start + range.count)])
    }

    /// Offers the entries of `key` to `accept` until it takes one; whether it did.
    @inline(__always)
    func find(_ key: ObjectKey, _ accept: (IndexEntry) -> Bool) -> Bool {
        let bytes = memory.bytes
        let filter = UnsafeBufferPointer<UInt64>(
            start: bytes.baseAddress?.advanced(by: Int(trailer.filterOffset)).assumingMemoryBound(to: UInt64.self),
            count: Int(trailer.filterWords))
        guard IndexFilter.mayContain(key, in: filter) else { return false }
        for range in ranges where range.type == UInt64(key.type.rawValue) {
            let bucket = range.bits == 0 ? 0 : Int(key.id.words.0 >> (64 - range.bits))
            let place = Int(range.buckets) + 4 * bucket
            // A bucket that a damaged file makes too long or upside down is cut to what is there.
            var low = min(Int(bytes.load(fromByteOffset: place, as: UInt32.self)), Int(range.count))
            let end = min(Int(bytes.load(fromByteOffset: place + 4, as: UInt32.self)), Int(range.count))
            var high = max(low, end)
            let base = Int(range.start)
            let entries = allEntries
            while low < high {
                let middle = (low + high) / 2
                if entries[base + middle].id < key.id { low = middle + 1 } else { high = middle }
            }
            while low < end, entries[base + low].id == key.id {
                if accept(entries[base + low]) { return true }
                low += 1
            }
        }
        return false
    }

    @inline(__always)
    private var allEntries: UnsafeBufferPointer<IndexEntry> {
        UnsafeBufferPointer(start: memory.bytes.baseAddress?.assumingMemoryBound(to: IndexEntry.self), count: Int(trailer.entryCount))
    }

}
