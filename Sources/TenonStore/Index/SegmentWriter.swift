import TenonCore
import TenonFormat

/// Writes an index segment front to back from entries that come in order; holds only filter and buckets in memory.
final class SegmentWriter {
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private let hash = RunningHash()
    private var buffer: [UInt8] = []
    private var position: UInt64 = 0

    private var entryCount: UInt64 = 0
    private var filter: [UInt64]
    private var ranges: [IndexTrailer.TypeRange] = []
    /// The bucket starts of each type.
    private var buckets: [[UInt32]] = []
    private let expected: [UInt8: Int]

    private static let bufferSize = 256 << 10

    /// `expected`: the most entries that may come, by type. `sink` takes the bytes in order.
    init(expected: [(type: BlockType, count: Int)], sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
        self.expected = Dictionary(expected.map { ($0.type.rawValue, $0.count) }, uniquingKeysWith: +)
        filter = Array(repeating: 0, count: 8 * IndexFilter.lineCount(for: self.expected.values.reduce(0, +)))
        buffer.reserveCapacity(SegmentWriter.bufferSize + 64)
    }

    /// Adds the next entry in order of (type, id).
    func add(_ type: BlockType, _ entry: IndexEntry) throws {
        if ranges.last?.type != UInt64(type.rawValue) { begin(type) }
        let last = ranges.count - 1
        let bits = ranges[last].bits
        let bucket = bits == 0 ? 0 : Int(entry.id.words.0 >> (64 - bits))
        while buckets[last].count <= bucket { buckets[last].append(UInt32(ranges[last].count)) }
        ranges[last].count += 1
        entryCount += 1
        IndexFilter.insert(ObjectKey(type: type, id: entry.id), into: &filter)
        try withUnsafeBytes(of: entry) { try write($0) }
    }

    /// Writes what follows the entries. `packs` are those that the entries' numbers stand for, all of whose objects have been added.
    func finish(packs: [PackID]) throws {
        for index in ranges.indices {
            let full = (1 << Int(ranges[index].bits)) + 1
            while buckets[index].count < full { buckets[index].append(UInt32(ranges[index].count)) }
            try align()
            ranges[index].buckets = position
            try buckets[index].withUnsafeBytes { try write($0) }
            buckets[index] = []
        }
        while position % 64 != 0 { try writeZero() }
        let filterOffset = position
        try filter.withUnsafeBytes { try write($0) }
        let packsOffset = position
        for pack in packs { try withUnsafeBytes(of: pack.digest) { try write($0) } }
        let typesOffset = position
        for range in ranges { try withUnsafeBytes(of: range) { try write($0) } }
        try flush()
        let trailer = IndexTrailer(
            entryCount: entryCount, filterOffset: filterOffset, filterWords: UInt64(filter.count), packsOffset: packsOffset,
            packCount: UInt64(packs.count), typesOffset: typesOffset, typeCount: UInt64(ranges.count))
        guard let checksum = hash.finish() else { throw TenonError(.internal, "an index segment is ended twice") }
        try trailer.bytes(checksum: checksum).withUnsafeBytes { try sink($0) }
    }

    private func begin(_ type: BlockType) {
        let count = expected[type.rawValue] ?? 0
        // About eight entries a bucket.
        let bits = count <= 8 ? 0 : min(32, (count / 8).bitWidth - (count / 8).leadingZeroBitCount)
        ranges.append(.init(type: UInt64(type.rawValue), start: entryCount, count: 0, buckets: 0, bits: UInt64(bits)))
        buckets.append([])
        buckets[buckets.count - 1].reserveCapacity(1 << bits + 1)
    }

    private func align() throws {
        while position % 8 != 0 { try writeZero() }
    }

    private func writeZero() throws {
        try withUnsafeBytes(of: UInt32(0)) { try write($0) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        position += UInt64(bytes.count)
        buffer.append(contentsOf: bytes)
        if buffer.count >= SegmentWriter.bufferSize { try flush() }
    }

    private func flush() throws {
        try buffer.withUnsafeBytes { bytes in
            hash.update(bytes)
            try sink(bytes)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
