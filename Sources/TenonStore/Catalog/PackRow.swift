import TenonCore

/// A pack that counts, as the catalog lists it.
package struct PackRow: Hashable, Sendable {
    /// What kinds of blocks a pack holds.
    package enum Content: Int, Sendable {
        case data = 0
        case metadata = 1
        /// Both: only packs under 1 MiB.
        case mixed = 2
    }

    /// The pack's number in this store; 0 until it is listed. Never used again for another pack.
    package var number: UInt32
    package var id: PackID
    /// Length of the file.
    package var bytes: UInt64
    package var content: Content
    /// Bytes of its objects before compression.
    package var rawBytes: UInt64
    package var blocks: Int
    package var chunks: Int
    /// The sweep generation in which a snapshot last came to rely on it.
    package var generation: Int64
    /// Whether each of its objects was once seen, here, to have the id that the footer gives it.
    package var isProved: Bool

    package init(
        number: UInt32 = 0, id: PackID, bytes: UInt64, content: Content, rawBytes: UInt64, blocks: Int, chunks: Int, generation: Int64 = 0,
        isProved: Bool
    ) {
        self.number = number
        self.id = id
        self.bytes = bytes
        self.content = content
        self.rawBytes = rawBytes
        self.blocks = blocks
        self.chunks = chunks
        self.generation = generation
        self.isProved = isProved
    }
}
