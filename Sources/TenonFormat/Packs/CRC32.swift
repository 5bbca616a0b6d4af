import CZlib

/// CRC-32 as in zlib, gzip and PNG (polynomial 0xEDB88320, reflected, inverted at both ends).
///
/// It finds damage by accident; what must hold against intent is checked by SHA-256.
enum CRC32 {
    /// The checksum of `bytes`, going on from `previous`.
    static func checksum(_ bytes: UnsafeRawBufferPointer, previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return previous }
        return UInt32(truncatingIfNeeded: crc32_z(UInt(previous), base.assumingMemoryBound(to: UInt8.self), bytes.count))
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0) }
    }
}
