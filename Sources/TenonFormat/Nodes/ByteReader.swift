import TenonCore

/// A place in bytes that can't be trusted: every read is checked against what remains.
///
/// Valid only while the buffer is.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }
    var isAtEnd: Bool { position == bytes.count }

    mutating func readByte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// The range of the next `count` bytes, which are passed over; `nil` if there are fewer.
    mutating func readRange(_ count: UInt64) -> Range<Int>? {
        guard count <= UInt64(remaining) else { return nil }
        defer { position += Int(count) }
        return position..<(position + Int(count))
    }

    mutating func readDigest() -> Digest? {
        readRange(UInt64(Digest.byteCount)).map { Digest(loading: UnsafeRawBufferPointer(rebasing: bytes[$0])) }
    }

    /// An unsigned LEB128 integer of at most 63 bits in its shortest form; `nil` for anything else.
    mutating func readInteger() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        // Nine groups of seven bits are 63 bits.
        while shift < 63 {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 {
                return byte == 0 && shift > 0 ? nil : value
            }
            shift += 7
        }
        return nil
    }
}

extension [UInt8] {
    /// Appends `value`, at most 2^63 − 1, as unsigned LEB128 in its shortest form.
    mutating func appendInteger(_ value: UInt64) {
        precondition(value <= UInt64(Int64.max))
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}

/// Bytes that `value` takes as unsigned LEB128.
func encodedLength(ofInteger value: UInt64) -> Int {
    value == 0 ? 1 : (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7
}
