import TenonCore

/// Guesses from a few KiB of a block which codec suits it.
final class BlockProbe {
    enum Verdict: Equatable {
        case zstd
        case planes(ElementLayout)
        /// Too close to call: try both.
        case either(ElementLayout)
    }
    init() {}
    func examine(_ raw: UnsafeRawBufferPointer, chunks: [BlockChunk], hint: ElementLayout?) throws(TenonError) -> Verdict {
        hint.map { .planes($0) } ?? .zstd
    }
}
