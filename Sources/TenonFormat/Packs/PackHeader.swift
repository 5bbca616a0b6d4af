import TenonCore

/// The first bytes of a pack.
package struct PackHeader: Hashable, Sendable {
    /// 16 random bytes: packs of equal content are distinct, and the marks of blocks can't be foreseen by whoever chose the content.
    package let nonce: [UInt8]
    /// Features that a reader must know to read the pack at all; this version knows none.
    package let requiredFeatures: UInt32
    /// Where the first block begins.
    package let length: Int

    package static let nonceLength = 16
    /// The length that this version writes.
    static let writtenLength = 40
    /// Readers accept longer headers of this version up to this: a later release may append fields that a reader need not know.
    static let maximumLength = 4096
    static let magic: [UInt8] = [0x89, 0x54, 0x4E, 0x50, 0x4B, 0x0D, 0x0A, 0x1A]
    static let version: UInt32 = 1

    /// `nonce` must be 16 bytes.
    package init(nonce: [UInt8]) {
        precondition(nonce.count == PackHeader.nonceLength)
        self.nonce = nonce
        requiredFeatures = 0
        length = PackHeader.writtenLength
    }

    /// Reads the header of the pack in `source`.
    ///
    /// Throws `unsupportedVersion` for another format version or an unknown required feature, `corrupt` for anything else that is wrong.
    package init(reading source: any ByteSource) throws {
        let available = Int(min(source.count, UInt64(PackHeader.maximumLength)))
        guard available >= PackHeader.writtenLength else {
            throw TenonError(.corrupt, "the pack is damaged", cause: "it is shorter than its header")
        }
        let fixed = try source.read(at: 0, count: PackHeader.writtenLength)
        guard fixed.starts(with: PackHeader.magic) else {
            throw TenonError(.corrupt, "the file is not a pack, or its header is damaged", cause: "it does not begin with the mark of a pack")
        }
        let (version, features, length) = fixed.withUnsafeBytes {
            ($0.littleEndian(at: 8, as: UInt32.self), $0.littleEndian(at: 12, as: UInt32.self), $0.littleEndian(at: 16, as: UInt32.self))
        }
        let bytes = try PackHeader.checkedBytes(fixed, declaredLength: length, available: available, source: source)
        guard version == PackHeader.version else {
            throw TenonError(
                .unsupportedVersion, "the pack has format version \(version)", cause: "this Tenon reads version \(PackHeader.version)",
                hint: "install the Tenon release that wrote it")
        }
        guard features == 0 else {
            throw TenonError(
                .unsupportedVersion, "the pack requires features that this Tenon does not have",
                cause: "its feature bits are 0x\(String(features, radix: 16))", hint: "install the Tenon release that wrote it")
        }
        requiredFeatures = features
        nonce = Array(bytes[20..<36])
        self.length = Int(length)
    }

    /// The whole header, once its checksum has been found right.
    private static func checkedBytes(_ fixed: [UInt8], declaredLength: UInt32, available: Int, source: any ByteSource) throws -> [UInt8] {
        guard declaredLength >= writtenLength, declaredLength <= available else {
            throw TenonError(.corrupt, "the pack's header is damaged", cause: "its length \(declaredLength) is not possible")
        }
        let bytes = declaredLength == writtenLength ? fixed : try source.read(at: 0, count: Int(declaredLength))
        let isIntact = bytes.withUnsafeBytes { raw in
            raw.littleEndian(at: raw.count - 4, as: UInt32.self) == CRC32.checksum(UnsafeRawBufferPointer(rebasing: raw.dropLast(4)))
        }
        guard isIntact else {
            throw TenonError(.corrupt, "the pack's header is damaged", cause: "its CRC-32 does not match")
        }
        return bytes
    }

    /// The header as it stands in the pack.
    package var bytes: [UInt8] {
        var result = PackHeader.magic
        result.appendLittleEndian(PackHeader.version)
        result.appendLittleEndian(requiredFeatures)
        result.appendLittleEndian(UInt32(PackHeader.writtenLength))
        result += nonce
        result.appendLittleEndian(CRC32.checksum(result[...]))
        return result
    }

    /// What marks the beginning of blocks and footer in this pack.
    package var marks: PackMarks { PackMarks(nonce: nonce) }
}
