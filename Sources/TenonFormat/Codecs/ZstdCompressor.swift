import CZstd
import TenonCore

/// Owns a zstd compression context; for one thread at a time.
final class ZstdCompressor {
    private let context: OpaquePointer

    init(_ parameters: ZstdParameters) throws(TenonError) {
        guard let context = ZSTD_createCCtx() else {
            throw TenonError(.internal, "can't create a zstd compression context", cause: "out of memory")
        }
        self.context = context
        if !set(parameters) {
            ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
            _ = set(.fallback)
        }
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    private func set(_ parameters: ZstdParameters) -> Bool {
        var accepted = ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, parameters.level)) == 0
        for (parameter, value) in parameters.others {
            accepted = ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0 && accepted
        }
        return accepted
    }

    /// Writes `raw` as one frame at the start of `output` and returns its length, or `nil` if it doesn't fit.
    func compress(_ raw: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(TenonError) -> Int? {
        let result = ZSTD_compress2(context, output.baseAddress, output.count, raw.baseAddress, raw.count)
        if ZSTD_isError(result) == 0 { return result }
        if ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall { return nil }
        throw TenonError(.internal, "zstd can't compress a block", cause: String(cString: ZSTD_getErrorName(result)))
    }
}
