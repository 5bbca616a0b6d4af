/// A block ready for a pack: its payload, and what its head says.
package struct EncodedBlock: Sendable {
    package let type: BlockType
    package let codec: Codec
    /// What the codec needs to decode, besides the payload; at most 255 bytes for all codecs but planes.
    package let parameters: [UInt8]
    package let rawLength: Int
    /// In the order in which they lie in the block; their lengths add up to `rawLength`.
    package let chunks: [BlockChunk]
    package let payload: ArraySlice<UInt8>
    /// The payload's CRC-32 if it came with it, so that what goes wrong with the bytes in between shows; `nil`: to be computed.
    package let checksum: UInt32?

    package init(
        type: BlockType, codec: Codec, parameters: [UInt8], rawLength: Int, chunks: [BlockChunk], payload: ArraySlice<UInt8>, checksum: UInt32? = nil
    ) {
        self.type = type
        self.codec = codec
        self.parameters = parameters
        self.rawLength = rawLength
        self.chunks = chunks
        self.payload = payload
        self.checksum = checksum
    }
}
