/// A SHA-256 value: 32 bytes, ordered as the bytes are.
package struct Digest: Hashable, Sendable {
    /// The four words in big-endian reading order, so that comparing words compares bytes.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    /// Number of bytes in a digest.
    package static let byteCount = 32

    package init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Reads a digest from exactly 32 bytes; any other count gives `nil`.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        var values: [4 of UInt64] = .init(repeating: 0)
        var position = 0
        for byte in bytes {
            values[position >> 3] = values[position >> 3] << 8 | UInt64(byte)
            position += 1
        }
        words = (values[0], values[1], values[2], values[3])
    }

    /// Reads a digest from the first 32 bytes of `buffer`, which must hold that many.
    package init(loading buffer: UnsafeRawBufferPointer) {
        precondition(buffer.count >= Digest.byteCount)
        words = (
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        )
    }

    /// Reads 64 lowercase hexadecimal digits; anything else gives `nil`.
    package init?(hex: some StringProtocol) {
        self.init(hexBytes: hex.utf8)
    }

    /// Reads 64 lowercase hexadecimal digits given as ASCII bytes; anything else gives `nil`.
    package init?(hexBytes: some Collection<UInt8>) {
        guard hexBytes.count == 2 * Digest.byteCount else { return nil }
        var values: [4 of UInt64] = .init(repeating: 0)
        var position = 0
        for character in hexBytes {
            let nibble: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            values[position >> 4] = values[position >> 4] << 4 | UInt64(nibble)
            position += 1
        }
        words = (values[0], values[1], values[2], values[3])
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(Digest.byteCount)
        append(to: &result)
        return result
    }

    /// Appends the 32 bytes to `output`.
    package func append(to output: inout [UInt8]) {
        for word in [words.0, words.1, words.2, words.3] {
            withUnsafeBytes(of: word.bigEndian) { output.append(contentsOf: $0) }
        }
    }

    /// Writes the 64 hexadecimal digits as ASCII at the start of `buffer`, which must have room for them.
    package func writeHex(into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= 2 * Digest.byteCount)
        var position = 0
        withUnsafeBytes(of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)) { raw in
            for byte in raw {
                buffer[position] = Digest.hexDigits[Int(byte >> 4)]
                buffer[position + 1] = Digest.hexDigits[Int(byte & 15)]
                position += 2
            }
        }
    }

    /// The 64 lowercase hexadecimal digits.
    package var hex: String {
        String(unsafeUninitializedCapacity: 2 * Digest.byteCount) { buffer in
            writeHex(into: UnsafeMutableRawBufferPointer(buffer))
            return 2 * Digest.byteCount
        }
    }

    private static let hexDigits: [UInt8] = Array("0123456789abcdef".utf8)

    package static func == (left: Digest, right: Digest) -> Bool {
        left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        // The bytes are uniform already, but whoever writes a repository chooses them: let the seeded hasher mix two words.
        hasher.combine(words.0)
        hasher.combine(words.3)
    }
}

extension Digest: Comparable {
    package static func < (left: Digest, right: Digest) -> Bool {
        left.words < right.words
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { hex }
}
