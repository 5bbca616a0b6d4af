/// How arguments that are not UTF-8 pass through a parser of strings: a reversible spelling of bytes as text.
///
/// A byte that is no part of valid UTF-8 becomes one code point of the private range U+10FF00…U+10FFFF, whose low eight bits are the byte. Code
/// points from U+10FE00 on which were there from the start have their bytes spelled the same way, so that decoding always gives back what was given.
enum ArgumentEscape {
    private static let base: UInt32 = 0x10FF00
    /// The first code point that is not taken as it is; the mark stands there.
    private static let reserved: UInt32 = 0x10FE00
    private static let mark = "\u{10FE00}"

    /// The spelling of an argument that stood behind `--`, which the parser itself does not tell.
    static func marked(_ text: String) -> String { mark + text }

    static func isMarked(_ text: String) -> Bool { text.hasPrefix(mark) }

    static func text(of bytes: some Collection<UInt8>) -> String {
        // Nearly every argument is plain.
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: { $0.value >= reserved }) { return text }
        var scalars = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            var decoder = UTF8()
            var iterator = rest.makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&iterator), scalar.value < reserved {
                scalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                scalars.append(spelling(of: rest.removeFirst()))
            }
        }
        return String(scalars)
    }

    static func bytes(of text: String) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.value >= base {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else if scalar.value < reserved {
                bytes.append(contentsOf: Array(String(scalar).utf8))
            }
        }
        return bytes
    }

    private static func spelling(of byte: UInt8) -> Unicode.Scalar {
        // The range holds no surrogate, so every value in it is a scalar.
        Unicode.Scalar(base | UInt32(byte)) ?? "\u{FFFD}"
    }
}
