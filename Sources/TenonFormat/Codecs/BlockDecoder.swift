import Synchronization
import TenonCore

/// Turns payloads back into raw bytes; takes no length, size or parameter on trust. May be used from many threads at once.
package final class BlockDecoder: Sendable {
    /// Contexts that nobody uses at the moment.
    private let idle = Mutex<[Context]>([])

    /// What one decoding needs, kept for the next one.
    ///
    /// Not safe to share, yet `@unchecked Sendable`: it is either in `idle` or in the hands of the one call that took it out.
    private final class Context: @unchecked Sendable {
        let zstd: ZstdDecompressor
        let segments = ScratchBuffer()

        init() throws(TenonError) {
            zstd = try ZstdDecompressor()
        }
    }

    package init() {}

    /// The raw bytes of a block; those of a stored one are its payload itself.
    ///
    /// Throws `corrupt` unless payload, parameters, chunks and raw length agree in all; `unsupportedVersion` for an unknown codec.
    package func decode(
        codec: UInt8, parameters: [UInt8], chunkLengths: [UInt32], rawLength: Int, payload: ArraySlice<UInt8>
    ) throws -> ArraySlice<UInt8> {
        // Checked before anything is allocated.
        try BlockDecoder.check(chunkLengths, rawLength: rawLength)
        if codec == Codec.stored.rawValue {
            try BlockDecoder.checkStored(parameters, payload.count, rawLength: rawLength)
            return payload
        }
        let raw = try payload.withUnsafeBytes { payload in
            try [UInt8].filled(capacity: rawLength) { output throws(TenonError) in
                try decode(codec: codec, parameters: parameters, chunkLengths: chunkLengths, payload: payload, into: output)
                return rawLength
            }
        }
        return raw[...]
    }

    /// Fills `output`, whose length is the block's raw length and the sum of `chunkLengths`.
    func decode(
        codec: UInt8, parameters: [UInt8], chunkLengths: [UInt32], payload: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(TenonError) {
        guard let codec = Codec(rawValue: codec) else {
            throw TenonError(.unsupportedVersion, "block has the unknown codec \(codec)", hint: "install a newer Tenon")
        }
        if codec != .planes { try BlockDecoder.refuse(parameters, of: codec) }
        switch codec {
        case .stored:
            try BlockDecoder.checkStored(parameters, payload.count, rawLength: output.count)
            output.copyMemory(from: payload)
        case .zlib:
            try ZlibCodec.decompress(payload, into: output)
        case .zstd:
            try withContext { context throws(TenonError) in try context.zstd.decompress(payload, into: output) }
        case .planes:
            let parameters = try PlanesParameters(parsing: parameters, chunkCount: chunkLengths.count)
            try withContext { context throws(TenonError) in
                try PlanesCodec.decompress(
                    payload, parameters: parameters, chunkLengths: chunkLengths, scratch: context.segments, with: context.zstd, into: output)
            }
        }
    }

    private static func refuse(_ parameters: [UInt8], of codec: Codec) throws(TenonError) {
        guard parameters.isEmpty else {
            throw TenonError(.corrupt, "block is refused", cause: "the codec \(codec) has no parameters")
        }
    }

    private static func checkStored(_ parameters: [UInt8], _ storedLength: Int, rawLength: Int) throws(TenonError) {
        try refuse(parameters, of: .stored)
        guard storedLength == rawLength else {
            throw TenonError(.corrupt, "block is refused", cause: "\(storedLength) bytes are stored, not \(rawLength)")
        }
    }

    private static func check(_ chunkLengths: [UInt32], rawLength: Int) throws(TenonError) {
        guard (0...BlockLimits.maximumRawLength).contains(rawLength) else {
            throw TenonError(.corrupt, "block is refused", cause: "a raw length of \(rawLength) is above \(BlockLimits.maximumRawLength)")
        }
        var sum: UInt64 = 0
        for length in chunkLengths { sum += UInt64(length) }
        guard sum == UInt64(rawLength) else {
            throw TenonError(.corrupt, "block is refused", cause: "its chunks have \(sum) bytes, the block \(rawLength)")
        }
    }

    private func withContext(_ body: (Context) throws(TenonError) -> Void) throws(TenonError) {
        let context: Context
        if let waiting = idle.withLock({ $0.popLast() }) { context = waiting } else { context = try Context() }
        defer { idle.withLock { $0.append(context) } }
        try body(context)
    }
}
