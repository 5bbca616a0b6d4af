import Glibc
import TenonCore

/// Compresses blocks; proves each by decoding it again. Keeps its contexts from block to block: one encoder for each thread.
package final class BlockEncoder {
    private let decoder = BlockDecoder()
    private let probe = BlockProbe()
    private let planes = ScratchBuffer()
    private let check = ScratchBuffer()
    private var generalZstd: ZstdCompressor?
    private var binaryZstd: ZstdCompressor?
    private var repeatsZstd: ZstdCompressor?
    private var planesZstd: ZstdCompressor?

    package init() {}

    /// A payload, and the codec that reads it.
    struct Candidate {
        let codec: Codec
        let parameters: [UInt8]
        let payload: [UInt8]
    }

    /// Compresses `raw`, which is `chunks` one after the other, as `choice` allows; a codec is kept only if it saves at least 3 %.
    ///
    /// `layout` is what the file's header says about its numbers; without it, `auto` finds out by probing.
    /// Throws `internal` if the chunks don't add up to `raw`, or if what was written does not read back as `raw`.
    package func encode(
        type: BlockType, chunks: [BlockChunk], raw: UnsafeRawBufferPointer, choice: CompressionChoice, layout: ElementLayout? = nil
    ) throws(TenonError) -> EncodedBlock {
        guard raw.count <= BlockLimits.maximumRawLength, chunks.reduce(0, { $0 + Int($1.length) }) == raw.count else {
            throw TenonError(.internal, "can't write a block", cause: "its chunks don't add up to its \(raw.count) bytes")
        }
        let candidate = try best(type: type, chunks: chunks, raw: raw, choice: choice, layout: layout) ?? BlockEncoder.stored(raw)
        try verify(candidate, chunks: chunks, raw: raw)
        return EncodedBlock(
            type: type, codec: candidate.codec, parameters: candidate.parameters, rawLength: raw.count, chunks: chunks,
            payload: candidate.payload[...])
    }

    /// The longest payload that is worth a codec: 3 % less than raw.
    static func worthwhileLength(of rawLength: Int) -> Int {
        rawLength - (rawLength * 3 + 99) / 100
    }

    private func best(
        type: BlockType, chunks: [BlockChunk], raw: UnsafeRawBufferPointer, choice: CompressionChoice, layout: ElementLayout?
    ) throws(TenonError) -> Candidate? {
        let limit = BlockEncoder.worthwhileLength(of: raw.count)
        switch choice {
        case .none:
            return nil
        case .zlib:
            return try fill(limit) { output throws(TenonError) in try ZlibCodec.compress(raw, into: output) }
                .map { Candidate(codec: .zlib, parameters: [], payload: $0) }
        case .zstd:
            return try zstd(raw, chunks: chunks, limit: limit)
        case .auto:
            let verdict = type == .data ? probe.examine(raw, chunks: chunks, hint: layout) : .zstd
            switch verdict {
            case .zstd:
                return try zstd(raw, chunks: chunks, limit: limit)
            case .planes(let layout):
                return try planes(raw, chunks: chunks, layout: layout, limit: limit)
            case .either(let layout):
                let first = try planes(raw, chunks: chunks, layout: layout, limit: limit)
                return try zstd(raw, chunks: chunks, limit: first.map { $0.payload.count - 1 } ?? limit) ?? first
            }
        }
    }

    private func zstd(_ raw: UnsafeRawBufferPointer, chunks: [BlockChunk], limit: Int) throws(TenonError) -> Candidate? {
        let isBinary = raw.count > BlockLimits.smallFilesBlockLength && !probe.isText(raw, chunks: chunks)
        if isBinary, NoiseCheck.isNoise(raw), try !hasRepeats(raw) { return nil }
        let compressor =
            isBinary
            ? try BlockEncoder.compressor(&binaryZstd, .binary)
            : try BlockEncoder.compressor(&generalZstd, .general)
        return try fill(limit) { output throws(TenonError) in try compressor.compress(raw, into: output) }
            .map { Candidate(codec: .zstd, parameters: [], payload: $0) }
    }

    /// Whether a hasty search finds enough that repeats for a better one to be worth its time: archives and media have nothing.
    private func hasRepeats(_ raw: UnsafeRawBufferPointer) throws(TenonError) -> Bool {
        let compressor = try BlockEncoder.compressor(&repeatsZstd, .repeats)
        return try compressor.compress(raw, into: check.bytes(raw.count - raw.count / 100)) != nil
    }

    private func planes(
        _ raw: UnsafeRawBufferPointer, chunks: [BlockChunk], layout: ElementLayout, limit: Int
    ) throws(TenonError) -> Candidate? {
        let compressor = try BlockEncoder.compressor(&planesZstd, .planes)
        let parameters = PlanesParameters(layout: layout, chunks: chunks)
        let scratch = planes.bytes(raw.count)
        return try fill(limit) { output throws(TenonError) in
            try PlanesCodec.compress(
                raw, parameters: parameters, chunkLengths: chunks.map(\.length), planes: scratch, with: compressor, into: output)
        }
        .map { Candidate(codec: .planes, parameters: parameters.bytes, payload: $0) }
    }

    /// The compressor that `place` keeps, made when first asked for.
    private static func compressor(_ place: inout ZstdCompressor?, _ parameters: ZstdParameters) throws(TenonError) -> ZstdCompressor {
        if let place { return place }
        let made = try ZstdCompressor(parameters)
        place = made
        return made
    }

    private static func stored(_ raw: UnsafeRawBufferPointer) -> Candidate {
        Candidate(codec: .stored, parameters: [], payload: Array(raw))
    }

    /// An array of what `body` writes into a buffer of `limit` bytes, or `nil` if it doesn't fit.
    private func fill(
        _ limit: Int, _ body: (UnsafeMutableRawBufferPointer) throws(TenonError) -> Int?
    ) throws(TenonError) -> [UInt8]? {
        guard limit > 0 else { return nil }
        let payload = try [UInt8].filled(capacity: limit) { output throws(TenonError) in try body(output) ?? 0 }
        // No codec writes nothing.
        return payload.isEmpty ? nil : payload
    }

    /// Throws `internal` unless `candidate` decodes to `raw`.
    func verify(_ candidate: Candidate, chunks: [BlockChunk], raw: UnsafeRawBufferPointer) throws(TenonError) {
        if candidate.codec == .stored {
            guard candidate.payload.withUnsafeBytes({ BlockEncoder.areEqual($0, raw) }) else {
                throw TenonError(.internal, "a block was copied wrongly")
            }
            return
        }
        let decoded = check.bytes(raw.count)
        do {
            try candidate.payload.withUnsafeBytes { payload in
                try decoder.decode(
                    codec: candidate.codec.rawValue, parameters: candidate.parameters, chunkLengths: chunks.map(\.length), payload: payload,
                    into: decoded)
            }
        } catch {
            throw TenonError(.internal, "a compressed block can't be read back", cause: String(describing: error))
        }
        guard BlockEncoder.areEqual(UnsafeRawBufferPointer(decoded), raw) else {
            throw TenonError(.internal, "a compressed block reads back as other bytes", cause: "codec \(candidate.codec)")
        }
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let a = left.baseAddress, let b = right.baseAddress else { return true }
        return memcmp(a, b, left.count) == 0
    }
}
