import CZstd
import TenonCore

/// Owns a zstd decompression context; for one thread at a time.
///
/// Takes one frame that carries its content size, asks for no dictionary and no window beyond its content, and refuses all else.
final class ZstdDecompressor {
    private let context: OpaquePointer

    init() throws(TenonError) {
        guard let context = ZSTD_createDCtx() else {
            throw TenonError(.internal, "can't create a zstd decompression context", cause: "out of memory")
        }
        self.context = context
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// Fills `output` from the frame that `frame` is. Throws `corrupt` unless the frame is whole, alone, and of that length.
    func decompress(_ frame: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(TenonError) {
        try ZstdFrameHeader(of: frame).check(contentLength: output.count)
        let length = ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count)
        guard ZSTD_isError(length) == 0, length == frame.count else {
            throw TenonError(.corrupt, "zstd frame is damaged", cause: "it does not end with the payload")
        }
        let result = ZSTD_decompressDCtx(context, output.baseAddress, output.count, frame.baseAddress, frame.count)
        guard ZSTD_isError(result) == 0 else {
            throw TenonError(.corrupt, "zstd frame is damaged", cause: String(cString: ZSTD_getErrorName(result)))
        }
        guard result == output.count else {
            throw TenonError(.corrupt, "zstd frame is damaged", cause: "it holds \(result) bytes, not \(output.count)")
        }
    }
}
