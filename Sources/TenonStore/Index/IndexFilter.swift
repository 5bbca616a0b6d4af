import TenonCore
import TenonFormat

/// A blocked Bloom filter over keys: one cache line is read to learn that a key is absent (about 99 times in 100).
///
/// Ids are uniform already, so their words serve as hash values: the second word chooses the line, the third the bits in it. (The first word
/// chooses the bucket in the segment.)
enum IndexFilter {
    static let lineByteCount = 64
    private static let bitsPerKey = 12
    private static let bitsSetPerKey = 6

    /// Lines of a filter that should hold `count` keys.
    static func lineCount(for count: Int) -> Int {
        max(1, (count * bitsPerKey + lineByteCount * 8 - 1) / (lineByteCount * 8))
    }

    @inline(__always)
    private static func line(_ key: ObjectKey, of lineCount: Int) -> Int {
        let mixed = key.id.words.1 ^ UInt64(key.type.rawValue) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed.multipliedFullWidth(by: UInt64(lineCount)).high)
    }

    /// Notes `key` in `words`, eight for each line.
    static func insert(_ key: ObjectKey, into words: inout [UInt64]) {
        let start = line(key, of: words.count / 8) * 8
        var bits = key.id.words.2
        for _ in 0..<bitsSetPerKey {
            words[start + Int(bits & 7)] |= 1 << (bits >> 3 & 63)
            bits >>= 9
        }
    }

    /// Whether `key` may have been noted; `false` is certain.
    @inline(__always)
    static func mayContain(_ key: ObjectKey, in words: UnsafeBufferPointer<UInt64>) -> Bool {
        let start = line(key, of: words.count / 8) * 8
        var bits = key.id.words.2
        for _ in 0..<bitsSetPerKey {
            if words[start + Int(bits & 7)] & (1 << (bits >> 3 & 63)) == 0 { return false }
            bits >>= 9
        }
        return true
    }
}
