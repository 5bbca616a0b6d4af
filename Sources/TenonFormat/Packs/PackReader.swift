import TenonCore

/// Reads one pack by its footer.
package struct PackReader: Sendable {
    package let header: PackHeader
    package let footer: PackFooter
    /// Of the whole pack, in bytes.
    package let length: UInt64

    private let source: any ByteSource
    private let decoder: BlockDecoder

    /// Reads header, trailer and footer, in two or three reads, and checks every bound before anything is allocated for it.
    ///
    /// Throws `unsupportedVersion` for another format version or an unknown required feature, `corrupt` for anything else that is wrong:
    /// then `PackScanner` still finds the blocks that are intact. What the source throws is passed on: it says nothing of what the pack holds.
    package static func open(_ source: any ByteSource, decoder: BlockDecoder = BlockDecoder()) throws -> PackReader {
        let length = source.count
        guard length <= UInt64(PackLimits.maximumPackLength) else {
            throw TenonError(.corrupt, "the pack is refused", cause: "it is longer than \(PackLimits.maximumPackLength) bytes")
        }
        let header = try PackHeader(reading: source)
        guard length >= UInt64(header.length + PackFooter.fixedLength + PackTrailer.length) else {
            throw TenonError(.corrupt, "the pack is damaged", cause: "it ends before a footer could begin")
        }
        let tail = try tail(of: source)
        let trailer = try tail.withUnsafeBytes {
            try PackTrailer(parsing: UnsafeRawBufferPointer(rebasing: $0.suffix(PackTrailer.length)), packLength: length)
        }
        guard trailer.nonce.elementsEqual(header.nonce.prefix(PackMarks.nonceLength)) else {
            throw TenonError(.corrupt, "the pack's trailer is damaged", cause: "its nonce is not the header's")
        }
        guard trailer.footerOffset >= UInt64(header.length) else {
            throw TenonError(.corrupt, "the pack's trailer is damaged", cause: "the footer begins within the header")
        }
        let footerBytes = try footerBytes(trailer, tail: tail, source: source, length: length)
        guard SHA256Hasher.hash(footerBytes) == trailer.footerHash else {
            throw TenonError(.corrupt, "the pack's footer is damaged", cause: "its SHA-256 does not match")
        }
        let footer = try PackFooter(
            parsing: footerBytes, marks: header.marks, headerLength: header.length, offset: trailer.footerOffset)
        return PackReader(header: header, footer: footer, length: length, source: source, decoder: decoder)
    }

    /// The end of the pack, with as much of the footer as one read gives; only the trailer if some of that can't be read: blocks lie there too.
    private static func tail(of source: any ByteSource) throws -> [UInt8] {
        let length = min(source.count, UInt64(PackLimits.tailLength))
        do {
            return try source.read(at: source.count - length, count: Int(length))
        } catch let error as TenonError where error.code == .io {
            return try source.read(at: source.count - UInt64(PackTrailer.length), count: PackTrailer.length)
        }
    }

    /// The footer out of the tail, with one more read for what lies before it.
    private static func footerBytes(_ trailer: PackTrailer, tail: [UInt8], source: any ByteSource, length: UInt64) throws -> [UInt8] {
        let inTail = tail.count - PackTrailer.length
        let footerLength = Int(trailer.footerLength)
        if footerLength <= inTail {
            return Array(tail[(inTail - footerLength)..<inTail])
        }
        return try source.read(at: trailer.footerOffset, count: footerLength - inTail) + tail[..<inTail]
    }

    /// Reads the block with `index` and checks its checksums, and that its head says what the footer says.
    ///
    /// A block that the disk can't give back is damaged like any other: `corrupt`.
    package func block(_ index: Int) throws -> PackBlock {
        let info = footer.block(index)
        let location = "block \(index) at \(info.offset)"
        let bytes: [UInt8]
        do {
            bytes = try source.read(at: UInt64(info.offset), count: info.length)
        } catch let error as TenonError where error.code == .io {
            throw TenonError(.corrupt, "\(location) can't be read", cause: error.cause ?? error.message)
        }
        let block = try PackBlock(parsing: bytes[...], marks: header.marks, location: location)
        let head = block.head
        guard head.length == Int(info.headLength), head.storedLength == Int(info.storedLength), head.rawLength == Int(info.rawLength),
            head.type == info.type, head.codec == info.codec
        else { throw TenonError(.corrupt, "\(location) is damaged", cause: "its head does not say what the pack's footer says") }
        return block
    }

    /// Reads and decodes the block with `index`. Its objects are not yet checked against their ids.
    package func decode(block index: Int) throws -> DecodedBlock {
        try block(index).decode(with: decoder)
    }

    /// Reads one object and checks it against its key.
    package func object(_ info: PackChunkInfo) throws -> [UInt8] {
        let block = try decode(block: info.block)
        let start = Int(info.offset)
        // Whole objects only: one that spans two, or a part of one, is none that the footer may list.
        guard block.type == info.key.type, let index = block.chunkOffsets.firstIndex(of: info.offset), index < block.chunkCount,
            block.range(ofChunk: index).count == Int(info.length)
        else { throw TenonError(.corrupt, "the pack's footer is damaged", cause: "no object lies where it says") }
        let bytes = Array(block.bytes(start..<(start + Int(info.length))))
        guard bytes.withUnsafeBytes({ ObjectIdentity.matches($0, key: info.key) }) else {
            throw TenonError(.corrupt, "an object in block \(info.block) is damaged", cause: "its bytes are not those of \(info.key.id.hex)")
        }
        return bytes
    }
}
