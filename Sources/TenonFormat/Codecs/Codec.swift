/// How a block's payload is written; one byte in the block's head.
package enum Codec: UInt8, Sendable, CaseIterable {
    /// The raw bytes.
    case stored = 0
    /// One zlib stream (RFC 1950).
    case zlib = 1
    /// One zstd frame with its content size, no dictionary.
    case zstd = 2
    /// Numbers split into planes of equal significance, each plane compressed in segments.
    case planes = 3
}
