import TenonCore

/// One block as it stands in a pack, checked by its two checksums but not yet decoded.
package struct PackBlock: Sendable {
    package let head: BlockHead
    private let bytes: ArraySlice<UInt8>
    /// Of the payload, as it stands behind it.
    private let checksum: UInt32

    /// Takes the bytes of a whole block, from its mark to the checksum of its payload, and not one more. `location` names it in errors.
    package init(parsing bytes: ArraySlice<UInt8>, marks: PackMarks, location: String) throws {
        (head, checksum) = try bytes.withUnsafeBytes { raw in
            let head = try BlockHead(parsing: raw, marks: marks, location: location)
            guard head.blockLength == raw.count else {
                throw TenonError(
                    .corrupt, "\(location) is damaged", cause: "it has \(head.blockLength) bytes, not the \(raw.count) that are there for it")
            }
            let payload = UnsafeRawBufferPointer(rebasing: raw[head.length..<(head.length + head.storedLength)])
            let checksum = raw.littleEndian(at: raw.count - BlockHead.checksumLength, as: UInt32.self)
            guard CRC32.checksum(payload) == checksum else {
                throw TenonError(.corrupt, "the payload of \(location) is damaged", cause: "its CRC-32 does not match")
            }
            return (head, checksum)
        }
        self.bytes = bytes
    }

    /// The raw bytes and where each object lies in them. Throws `unsupportedVersion` for an unknown codec or for bases.
    package func decode(with decoder: BlockDecoder) throws -> DecodedBlock {
        guard head.bases.isEmpty else {
            throw TenonError(.unsupportedVersion, "a block builds upon other chunks, as no block of version 1 does", hint: "install a newer Tenon")
        }
        let raw = try decoder.decode(
            codec: head.codec, parameters: head.parameters, chunkLengths: head.chunkLengths, rawLength: head.rawLength, payload: payload)
        return DecodedBlock(type: head.type, raw: raw, chunkLengths: head.chunkLengths)
    }

    /// The same, once its objects were hashed. Throws `corrupt` if they are not `ids`, in this order.
    @discardableResult
    package func proved(ids: [Digest], with decoder: BlockDecoder) throws -> DecodedBlock {
        let decoded = try decode(with: decoder)
        guard try decoded.objectIDs() == ids else {
            throw TenonError(.corrupt, "a block is damaged", cause: "its objects are not those that its pack's footer lists")
        }
        return decoded
    }

    /// The block for another pack, its payload as it is. `ids` are those of its objects, in order, as told from their bytes.
    ///
    /// Throws `unsupportedVersion` for a codec that this version does not know.
    package func encoded(ids: [Digest]) throws -> EncodedBlock {
        guard let codec = Codec(rawValue: head.codec), head.bases.isEmpty, ids.count == head.chunkLengths.count else {
            throw TenonError(.unsupportedVersion, "a block can't be copied", cause: "a newer Tenon wrote it", hint: "install a newer Tenon")
        }
        return EncodedBlock(
            type: head.type, codec: codec, parameters: head.parameters, rawLength: head.rawLength,
            chunks: zip(ids, head.chunkLengths).map { BlockChunk(id: $0, length: $1) },
            payload: payload, checksum: checksum)
    }

    private var payload: ArraySlice<UInt8> { bytes.dropFirst(head.length).prefix(head.storedLength) }
}
