/// The name of a Git object: 20 bytes (SHA-1) or 32 (SHA-256), always whole, never an abbreviation.
package struct GitObjectID: Hashable, Sendable {
    package let format: GitObjectFormat
    /// The bytes in big-endian reading order, with zeros behind the 20 of SHA-1.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Reads 20 or 32 bytes; any other count gives `nil`.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case GitObjectFormat.sha1.byteCount: format = .sha1
        case GitObjectFormat.sha256.byteCount: format = .sha256
        default: return nil
        }
        var values: [4 of UInt64] = .init(repeating: 0)
        var position = 0
        for byte in bytes {
            values[position >> 3] |= UInt64(byte) << UInt64(56 - 8 * (position & 7))
            position += 1
        }
        words = (values[0], values[1], values[2], values[3])
    }

    /// Reads 40 or 64 lowercase hexadecimal digits; anything else gives `nil`.
    package init?(hex: some StringProtocol) {
        self.init(hexBytes: hex.utf8)
    }

    /// Reads 40 or 64 lowercase hexadecimal digits given as ASCII bytes; anything else gives `nil`.
    package init?(hexBytes: some Collection<UInt8>) {
        switch hexBytes.count {
        case 2 * GitObjectFormat.sha1.byteCount: format = .sha1
        case 2 * GitObjectFormat.sha256.byteCount: format = .sha256
        default: return nil
        }
        var values: [4 of UInt64] = .init(repeating: 0)
        var position = 0
        for character in hexBytes {
            let nibble: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            values[position >> 4] |= UInt64(nibble) << UInt64(60 - 4 * (position & 15))
            position += 1
        }
        words = (values[0], values[1], values[2], values[3])
    }

    /// The name that stands for "no object" where Git writes one: all zeros.
    package static func zero(_ format: GitObjectFormat) -> GitObjectID {
        GitObjectID(format: format)
    }

    private init(format: GitObjectFormat) {
        self.format = format
        words = (0, 0, 0, 0)
    }

    package var isZero: Bool { words == (0, 0, 0, 0) }

    /// The 20 or 32 bytes.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)) {
            Array($0.prefix(format.byteCount))
        }
    }

    /// The 40 or 64 lowercase hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 2 * format.byteCount) { buffer in
            var position = 0
            for byte in bytes {
                buffer[position] = digits[Int(byte >> 4)]
                buffer[position + 1] = digits[Int(byte & 15)]
                position += 2
            }
            return position
        }
    }

    package static func == (left: GitObjectID, right: GitObjectID) -> Bool {
        left.words == right.words && left.format == right.format
    }

    package func hash(into hasher: inout Hasher) {
        // The bytes are uniform, but whoever writes a repository chooses them: let the seeded hasher mix two words.
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension GitObjectID: Comparable {
    package static func < (left: GitObjectID, right: GitObjectID) -> Bool {
        left.words < right.words
    }
}

extension GitObjectID: CustomStringConvertible {
    package var description: String { hex }
}
