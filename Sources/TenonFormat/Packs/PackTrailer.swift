import TenonCore

/// The last 64 bytes of a pack: where the footer lies, and its hash.
struct PackTrailer: Hashable, Sendable {
    let footerOffset: UInt64
    let footerLength: UInt64
    let footerHash: Digest
    /// The four bytes of the nonce that the marks of blocks hold; repeated here for a pack whose header is damaged.
    let nonce: [UInt8]

    static let length = 64
    static let magic: [UInt8] = [0x89, 0x54, 0x4E, 0x45, 0x4E, 0x44, 0x0A, 0x1A]

    init(footerOffset: UInt64, footerLength: UInt64, footerHash: Digest, nonce: [UInt8]) {
        self.footerOffset = footerOffset
        self.footerLength = footerLength
        self.footerHash = footerHash
        self.nonce = Array(nonce.prefix(PackMarks.nonceLength))
    }

    /// Reads the trailer from the last 64 bytes of a pack of `packLength` bytes.
    init(parsing tail: UnsafeRawBufferPointer, packLength: UInt64) throws {
        precondition(tail.count == PackTrailer.length)
        guard tail.suffix(8).elementsEqual(PackTrailer.magic) else {
            throw TenonError(.corrupt, "the pack's trailer is damaged", cause: "it does not end with the mark of a pack's end")
        }
        let version = tail.littleEndian(at: 48, as: UInt32.self)
        guard version == PackHeader.version else {
            throw TenonError(.corrupt, "the pack's trailer is damaged", cause: "its version \(version) is not the header's")
        }
        footerOffset = tail.littleEndian(at: 0, as: UInt64.self)
        footerLength = tail.littleEndian(at: 8, as: UInt64.self)
        footerHash = Digest(loading: UnsafeRawBufferPointer(rebasing: tail[16..<48]))
        nonce = Array(tail[52..<56])
        let room = packLength - UInt64(PackTrailer.length)
        guard footerLength <= room, footerOffset == room - footerLength else {
            throw TenonError(.corrupt, "the pack's trailer is damaged", cause: "the footer does not end where the trailer begins")
        }
    }

    var bytes: [UInt8] {
        var result = [UInt8]()
        result.appendLittleEndian(footerOffset)
        result.appendLittleEndian(footerLength)
        footerHash.append(to: &result)
        result.appendLittleEndian(PackHeader.version)
        result += nonce
        result += PackTrailer.magic
        return result
    }
}
