import TenonCore

/// The words of a JSON text (RFC 8259), one after the other: what readers of it have in common, whatever they make of it.
///
/// Strict: a control character in a string, an unknown escape, half a surrogate pair, a number with a leading zero that goes on are refused. The text must
/// be UTF-8, which is for the caller to check.
package struct JSONText {
    package let bytes: [UInt8]
    /// Where the next byte is read.
    package private(set) var position: Int
    /// Makes the error for what is wrong at a place in the text.
    private let failure: (_ what: String, _ position: Int) -> TenonError

    package init(_ bytes: [UInt8], from position: Int = 0, failure: @escaping (_ what: String, _ position: Int) -> TenonError) {
        self.bytes = bytes
        self.position = position
        self.failure = failure
    }

    package func wrong(_ what: String) -> TenonError { failure(what, position) }

    package var isAtEnd: Bool { position == bytes.count }
    package var next: UInt8? { position < bytes.count ? bytes[position] : nil }
    /// The byte behind the next one.
    package var second: UInt8? { position + 1 < bytes.count ? bytes[position + 1] : nil }

    /// Passes over `byte`, if it comes next.
    package mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    package mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Passes over a word such as `true`.
    package mutating func word(_ text: String) throws(TenonError) {
        guard bytes[position...].starts(with: text.utf8) else { throw wrong("a value is expected") }
        position += text.utf8.count
    }

    /// A string, from quote to quote.
    package mutating func string() throws(TenonError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                // Whole characters only are taken between quotes and escapes, so this is UTF-8 as the input is.
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20: throw wrong("a control character stands in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw wrong("a string does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(TenonError) {
        guard let byte = next else { throw wrong("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw wrong("half a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw wrong("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw wrong("half a surrogate pair") }
            text += Array(String(scalar).utf8)
        default: throw wrong("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(TenonError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw wrong("a string does not end") }
        let digits = bytes[position..<(position + 4)]
        guard digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw wrong("four hexadecimal digits are expected") }
        position += 4
        return code
    }

    /// The digits of a number, as they stand there.
    package mutating func number() throws(TenonError) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(TenonError) {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw wrong("a value is expected") }
    }
}
