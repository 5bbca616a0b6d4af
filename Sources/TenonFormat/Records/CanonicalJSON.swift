/// The one way to write a JSON value: the JSON Canonicalization Scheme, https://www.rfc-editor.org/rfc/rfc8785.
package enum CanonicalJSON {
    package static func encode(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        write(value, to: &bytes)
        return bytes
    }

    private static func write(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes += Array("null".utf8)
        case .bool(let flag): bytes += Array((flag ? "true" : "false").utf8)
        case .number(let number): bytes += Array(self.number(number).utf8)
        case .string(let text): write(text, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            // §3.2.3: by their UTF-16 code units.
            let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += Array("\\b".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0C: bytes += Array("\\f".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0..<0x20: bytes += Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// As ECMAScript's `Number::toString` writes it; `value` is finite.
    static func number(_ value: Double) -> String {
        if value == 0 { return "0" }
        let sign = value < 0 ? "-" : ""
        // Swift too gives the fewest digits that read back as the same number; only the form differs.
        let words = value.magnitude.description.split(separator: "e")
        let parts = (words.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        var digits = Array(parts.joined().utf8)[...]
        var point = (parts.first?.utf8.count ?? 0) + (words.count > 1 ? Int(words[1]) ?? 0 : 0)
        while digits.first == UInt8(ascii: "0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let text = String(decoding: digits, as: UTF8.self)
        switch point {
        case let point where digits.count <= point && point <= 21: return sign + text + zeros(point - digits.count)
        case 1...21: return sign + text.prefix(point) + "." + text.dropFirst(point)
        case -5...0: return sign + "0." + zeros(-point) + text
        default:
            let exponent = point - 1
            let fraction = digits.count > 1 ? "." + text.dropFirst() : ""
            return "\(sign)\(text.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(abs(exponent))"
        }
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
