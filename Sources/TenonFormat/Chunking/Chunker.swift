import CKernels

/// Cuts a file into chunks where its content says so: profile `std-v1`.
///
/// With h(i) the Gear hash of the 64 bytes that end at byte i: a chunk ends at the first byte with h < 2^46 that gives it 16,384 to 65,535
/// bytes, else at the first with h < 2^50 that gives it 65,536 to 262,143, else at 262,144; the last chunk ends with the file. As no chunk is
/// shorter than the hash's window, a chunk's end depends on nothing before the chunk.
package struct Chunker {
    /// The profile's name, as recipes have it.
    package static let profile = "std-v1"
    /// The shortest chunk that is not a file's last.
    package static let minimum = 16_384
    /// The longest chunk.
    package static let maximum = 262_144

    /// From this length on, weak candidates count.
    static let weakFrom = 65_536
    static let strongThreshold: UInt64 = 1 << 46
    static let weakThreshold: UInt64 = 1 << 50
    /// Bytes that a hash depends on.
    static let window = 64

    /// How far the present chunk has been searched, and the hash there.
    private var searched = 0
    private var hash: UInt64 = 0

    package init() {}

    /// The length of the chunk that begins at the start of `buffer`, or `nil` if its end needs more bytes.
    ///
    /// `buffer` holds the file's bytes from the last cut on. After `nil`, call again with the same bytes and more behind them: what was
    /// searched is not searched again. `isEnd` says that the file ends with the buffer; then `nil` means that the buffer is empty.
    package mutating func next(in buffer: UnsafeRawBufferPointer, isEnd: Bool) -> Int? {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return nil }
        let bytes = base.assumingMemoryBound(to: UInt8.self)
        if let length = cut(bytes, count: buffer.count) ?? (isEnd ? buffer.count : nil) {
            searched = 0
            hash = 0
            return length
        }
        return nil
    }

    /// Searches on, and returns the chunk's length if a cut was found.
    private mutating func cut(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int? {
        if searched == 0 {
            // The first candidate is the byte that makes the chunk `minimum` long; its hash begins a window before.
            guard count >= Chunker.minimum else { return nil }
            searched = Chunker.minimum - Chunker.window
            _ = scan(bytes, to: Chunker.minimum - 1, threshold: 0)
        }
        if searched < Chunker.weakFrom - 1 {
            if scan(bytes, to: min(count, Chunker.weakFrom - 1), threshold: Chunker.strongThreshold) { return searched }
            if searched < Chunker.weakFrom - 1 { return nil }
        }
        if scan(bytes, to: min(count, Chunker.maximum - 1), threshold: Chunker.weakThreshold) { return searched }
        return count >= Chunker.maximum ? Chunker.maximum : nil
    }

    /// Advances `searched` to the place after the first byte whose hash is below `threshold`, or to `end`; says whether there was one.
    private mutating func scan(_ bytes: UnsafePointer<UInt8>, to end: Int, threshold: UInt64) -> Bool {
        GearTable.values.withUnsafeBufferPointer { table in
            tenon_gear_scan(table.baseAddress, bytes, &searched, end, threshold, &hash) != 0
        }
    }
}
