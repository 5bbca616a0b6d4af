import TenonCore

/// What stands before a block's payload: everything that is needed to decode it and to cut it into its objects.
package struct BlockHead: Hashable, Sendable {
    package let type: BlockType
    /// The codec's number; unknown ones are kept, and only decoding refuses them.
    package let codec: UInt8
    package let parameters: [UInt8]
    package let rawLength: Int
    package let storedLength: Int
    /// Ids of chunks that the payload builds upon; none in version 1.
    package let bases: [Digest]
    package let chunkLengths: [UInt32]
    /// Bytes of the head itself, from the mark to its checksum.
    package let length: Int

    /// Bytes before the parameters.
    static let fixedLength = 32
    /// Bytes of a checksum, after the head and after the payload.
    static let checksumLength = 4

    /// Bytes of the whole block: head, payload, and the payload's checksum.
    package var blockLength: Int { length + storedLength + BlockHead.checksumLength }

    /// Reads a head from `bytes`, which begin at the block's mark and may go on past the head. `location` names the block in errors.
    package init(parsing bytes: UnsafeRawBufferPointer, marks: PackMarks, location: String) throws {
        let declared = try BlockHead.declaredLength(bytes, marks: marks, location: location)
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the head of \(location) is damaged", cause: cause) }
        guard declared <= bytes.count else { throw damaged("it is longer than what remains of the pack") }
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<declared])
        let checksum = head.littleEndian(at: declared - BlockHead.checksumLength, as: UInt32.self)
        let body = UnsafeRawBufferPointer(rebasing: head.dropLast(BlockHead.checksumLength))
        guard CRC32.checksum(body) == checksum else { throw damaged("its CRC-32 does not match") }

        type = BlockType(rawValue: head[12])
        codec = head[13]
        let baseCount = Int(head.littleEndian(at: 14, as: UInt16.self))
        let parameterLength = Int(head.littleEndian(at: 16, as: UInt32.self))
        rawLength = Int(head.littleEndian(at: 20, as: UInt32.self))
        storedLength = Int(head.littleEndian(at: 24, as: UInt32.self))
        let chunkCount = Int(head.littleEndian(at: 28, as: UInt32.self))
        length = declared

        guard rawLength <= BlockLimits.maximumRawLength, storedLength <= BlockLimits.maximumRawLength else {
            throw damaged("the block is longer than \(BlockLimits.maximumRawLength) bytes")
        }
        let room = body.count - BlockHead.fixedLength
        guard parameterLength <= room, baseCount * Digest.byteCount <= room - parameterLength else {
            throw damaged("its parameters and bases are longer than itself")
        }
        let lengthsStart = BlockHead.fixedLength + parameterLength + baseCount * Digest.byteCount
        guard chunkCount >= 1, chunkCount <= body.count - lengthsStart, chunkCount <= rawLength else {
            throw damaged("its number of chunks, \(chunkCount), is not possible")
        }
        parameters = Array(body[BlockHead.fixedLength..<(BlockHead.fixedLength + parameterLength)])
        bases = (0..<baseCount).map { index in
            let start = BlockHead.fixedLength + parameterLength + index * Digest.byteCount
            return Digest(loading: UnsafeRawBufferPointer(rebasing: body[start..<(start + Digest.byteCount)]))
        }
        chunkLengths = try BlockHead.chunkLengths(
            UnsafeRawBufferPointer(rebasing: body[lengthsStart...]), count: chunkCount, rawLength: rawLength, location: location)
    }

    /// What the head is to be of `block`, whose `bases` are none.
    init(describing block: EncodedBlock, length: Int) {
        type = block.type
        codec = block.codec.rawValue
        parameters = block.parameters
        rawLength = block.rawLength
        storedLength = block.payload.count
        bases = []
        chunkLengths = block.chunks.map(\.length)
        self.length = length
    }

    /// The length of the head that begins at `bytes`, from its fixed part alone: how much must be read before `init(parsing:)`.
    static func declaredLength(_ bytes: UnsafeRawBufferPointer, marks: PackMarks, location: String) throws -> Int {
        guard bytes.count >= fixedLength + checksumLength else {
            throw TenonError(.corrupt, "the head of \(location) is damaged", cause: "the pack ends within it")
        }
        guard bytes.littleEndian(at: 0, as: UInt64.self) == marks.block else {
            throw TenonError(.corrupt, "the head of \(location) is damaged", cause: "it does not begin with the mark of a block")
        }
        let declared = Int(bytes.littleEndian(at: 8, as: UInt32.self))
        guard declared >= fixedLength + checksumLength, declared <= PackLimits.maximumHeadLength else {
            throw TenonError(.corrupt, "the head of \(location) is damaged", cause: "its length \(declared) is not possible")
        }
        return declared
    }

    private static func chunkLengths(_ bytes: UnsafeRawBufferPointer, count: Int, rawLength: Int, location: String) throws -> [UInt32] {
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the head of \(location) is damaged", cause: cause) }
        var reader = ByteReader(bytes)
        var lengths = [UInt32]()
        lengths.reserveCapacity(count)
        var total = 0
        for _ in 0..<count {
            guard let value = reader.readInteger(), value >= 1, value <= UInt64(rawLength - total) else {
                throw damaged("the lengths of its chunks don't add up to the raw length")
            }
            total += Int(value)
            lengths.append(UInt32(value))
        }
        guard reader.isAtEnd, total == rawLength else { throw damaged("the lengths of its chunks don't add up to the raw length") }
        return lengths
    }

    /// The head of `block` as it stands in a pack with `marks`.
    static func bytes(of block: EncodedBlock, marks: PackMarks) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(fixedLength + block.parameters.count + 4 * block.chunks.count + checksumLength)
        result.appendLittleEndian(marks.block)
        result.appendLittleEndian(UInt32(0))
        result.append(block.type.rawValue)
        result.append(block.codec.rawValue)
        result.appendLittleEndian(UInt16(0))
        result.appendLittleEndian(UInt32(block.parameters.count))
        result.appendLittleEndian(UInt32(block.rawLength))
        result.appendLittleEndian(UInt32(block.payload.count))
        result.appendLittleEndian(UInt32(block.chunks.count))
        result += block.parameters
        for chunk in block.chunks { result.appendInteger(UInt64(chunk.length)) }
        let length = UInt32(result.count + checksumLength)
        for index in 0..<4 { result[8 + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index))) }
        result.appendLittleEndian(CRC32.checksum(result[...]))
        return result
    }
}
