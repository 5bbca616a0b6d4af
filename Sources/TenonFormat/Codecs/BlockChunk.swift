import TenonCore

/// One object in a block: a chunk of a file, or a whole metadata object.
package struct BlockChunk: Hashable, Sendable {
    package let id: Digest
    package let length: UInt32
    /// Where the chunk began in its file; only the planes codec asks, to find whole elements.
    package let fileOffset: UInt64

    package init(id: Digest, length: UInt32, fileOffset: UInt64 = 0) {
        self.id = id
        self.length = length
        self.fileOffset = fileOffset
    }
}
