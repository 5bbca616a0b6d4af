import CKernels
import CZlib

/// CRC-32 as in zlib, gzip and PNG (polynomial 0xEDB88320, reflected, inverted at both ends).
///
/// It finds damage by accident; what must hold against intent is checked by SHA-256.
enum CRC32 {
    private static let usesKernel = tenon_crc32_is_available() != 0

    /// The checksum of `bytes`, going on from `previous`.
    static func checksum(_ bytes: UnsafeRawBufferPointer, previous: UInt32 = 0) -> UInt32 {
        let folded = usesKernel && bytes.count >= 64 ? bytes.count & ~15 : 0
        guard folded > 0, let base = bytes.baseAddress else { return plainChecksum(bytes, previous: previous) }
        let state = tenon_crc32_fold(~previous, base.assumingMemoryBound(to: UInt8.self), folded)
        return plainChecksum(UnsafeRawBufferPointer(rebasing: bytes[folded...]), previous: ~state)
    }

    /// The same by zlib alone.
    static func plainChecksum(_ bytes: UnsafeRawBufferPointer, previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return previous }
        return UInt32(truncatingIfNeeded: crc32_z(UInt(previous), base.assumingMemoryBound(to: UInt8.self), bytes.count))
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0) }
    }
}
