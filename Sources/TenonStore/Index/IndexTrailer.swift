import TenonCore

/// The end of an index segment: what lies where before it, and the checksum.
///
/// A segment is, in this order: entries sorted by (type, id); for each type the starts of its buckets; the filter; the ids of the packs; this
/// trailer. It is written and read by one machine only and can be made again from packs, so integers are in the machine's byte order.
struct IndexTrailer {
    /// The entries of one type, and its buckets: bucket `b` holds the ids whose first word begins with the bits of `b`.
    struct TypeRange {
        var type: UInt64
        var start: UInt64
        var count: UInt64
        /// Byte offset of the bucket starts, of which there are 2^bits + 1, as u32 relative to `start`.
        var buckets: UInt64
        var bits: UInt64
    }

    static let magic: UInt64 = 0x3158_4449_4E4F_4E54  // "TNONIDX1" as it lies in the file
    static let byteCount = 112
    /// Types of which a segment may hold objects.
    static let maximumTypes = 256

    var entryCount: UInt64
    var filterOffset: UInt64
    var filterWords: UInt64
    var packsOffset: UInt64
    var packCount: UInt64
    var typesOffset: UInt64
    var typeCount: UInt64

    /// The trailer's bytes, with the SHA-256 of all before the trailer in them.
    func bytes(checksum: Digest) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(IndexTrailer.byteCount)
        checksum.append(to: &result)
        for value in [entryCount, filterOffset, filterWords, packsOffset, packCount, typesOffset, typeCount] { append(value, to: &result) }
        // The trailer's own numbers have a check of their own: the sum that a damaged one does not give.
        append(check, to: &result)
        append(0, to: &result)
        append(IndexTrailer.magic, to: &result)
        return result
    }

    private var check: UInt64 {
        [entryCount, filterOffset, filterWords, packsOffset, packCount, typesOffset, typeCount].reduce(0x9E37_79B9_7F4A_7C15) {
            ($0 ^ $1) &* 0xBF58_476D_1CE4_E5B9 ^ ($0 >> 31)
        }
    }

    /// Reads the trailer at the end of `memory`; `nil` if it is not one, or speaks of bytes that are not there.
    static func read(_ memory: UnsafeRawBufferPointer) -> (trailer: IndexTrailer, checksum: Digest)? {
        guard memory.count >= byteCount else { return nil }
        let end = UInt64(memory.count - byteCount)
        let bytes = UnsafeRawBufferPointer(rebasing: memory[(memory.count - byteCount)...])
        func word(_ index: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: Digest.byteCount + 8 * index, as: UInt64.self) }
        let trailer = IndexTrailer(
            entryCount: word(0), filterOffset: word(1), filterWords: word(2), packsOffset: word(3), packCount: word(4), typesOffset: word(5),
            typeCount: word(6))
        guard word(9) == magic, word(8) == 0, word(7) == trailer.check else { return nil }
        func fits(_ offset: UInt64, _ count: UInt64, _ stride: Int) -> Bool {
            offset <= end && offset % 8 == 0 && count <= (end - offset) / UInt64(stride)
        }
        guard fits(0, trailer.entryCount, MemoryLayout<IndexEntry>.stride), trailer.entryCount <= UInt64(UInt32.max),
            fits(trailer.filterOffset, trailer.filterWords, 8), trailer.filterWords >= 8, trailer.filterWords % 8 == 0,
            fits(trailer.packsOffset, trailer.packCount, Digest.byteCount),
            fits(trailer.typesOffset, trailer.typeCount, MemoryLayout<TypeRange>.stride), trailer.typeCount <= UInt64(maximumTypes)
        else { return nil }
        return (trailer, Digest(loading: bytes))
    }

    private func append(_ value: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
