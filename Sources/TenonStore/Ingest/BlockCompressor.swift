import TenonCore
import TenonFormat

/// Compresses blocks of data and gives them to a write session; one for each thread.
final class BlockCompressor {
    private let session: PackSession
    private let choice: CompressionChoice
    private let encoder = BlockEncoder()

    init(session: PackSession, choice: CompressionChoice) {
        self.session = session
        self.choice = choice
    }

    func compress(_ block: PendingBlock) throws {
        let raw = UnsafeRawBufferPointer(rebasing: block.buffer.memory[..<block.length])
        try session.append(try encoder.encode(type: .data, chunks: block.chunks, raw: raw, choice: choice, layout: block.layout))
    }
}
