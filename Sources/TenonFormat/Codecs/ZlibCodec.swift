import CZlib
import TenonCore

/// The codec zlib: one stream (RFC 1950), no preset dictionary, nothing after it.
enum ZlibCodec {
    /// zlib's own default.
    private static let level: Int32 = 6

    /// Writes `raw` as one stream at the start of `output` and returns its length, or `nil` if it doesn't fit.
    static func compress(_ raw: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(TenonError) -> Int? {
        var length = uLongf(output.count)
        let result = compress2(
            output.baseAddress?.assumingMemoryBound(to: UInt8.self), &length,
            raw.baseAddress?.assumingMemoryBound(to: UInt8.self), uLong(raw.count), level)
        switch result {
        case Z_OK: return Int(length)
        case Z_BUF_ERROR: return nil
        default: throw TenonError(.internal, "zlib can't compress a block", cause: "zlib error \(result)")
        }
    }

    /// Fills `output` from the stream that `stream` is. Throws `corrupt` unless it is whole, alone, and of that length.
    static func decompress(_ stream: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(TenonError) {
        var written = uLongf(output.count)
        var consumed = uLong(stream.count)
        let result = uncompress2(
            output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
            stream.baseAddress?.assumingMemoryBound(to: UInt8.self), &consumed)
        guard result == Z_OK else {
            throw TenonError(.corrupt, "zlib stream is damaged", cause: "zlib error \(result)")
        }
        guard Int(written) == output.count else {
            throw TenonError(.corrupt, "zlib stream is damaged", cause: "it holds \(written) bytes, not \(output.count)")
        }
        guard Int(consumed) == stream.count else {
            throw TenonError(.corrupt, "zlib stream is damaged", cause: "\(stream.count - Int(consumed)) bytes follow it")
        }
    }
}
