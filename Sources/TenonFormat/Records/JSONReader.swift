import TenonCore

/// Reads JSON by RFC 8259, strictly: UTF-8, no key twice, no number that is not finite, nothing after the value. Whoever wrote it may mean harm, so
/// depth is bounded; the length is for the caller to bound.
package struct JSONReader {
    private var text: JSONText

    private static let maximumDepth = 64

    /// Throws `corrupt` that says where the text is wrong.
    package static func parse(_ bytes: [UInt8]) throws(TenonError) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw TenonError(.corrupt, "the JSON can't be read", cause: "it is not UTF-8") }
        let text = JSONText(bytes) { what, position in TenonError(.corrupt, "the JSON can't be read", cause: "byte \(position): \(what)") }
        var reader = JSONReader(text: text)
        let value = try reader.value(depth: 0)
        reader.text.skipSpace()
        guard reader.text.isAtEnd else { throw reader.text.wrong("something follows the value") }
        return value
    }

    private mutating func value(depth: Int) throws(TenonError) -> JSONValue {
        guard depth < JSONReader.maximumDepth else { throw text.wrong("it is nested too deeply") }
        text.skipSpace()
        switch text.next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try text.string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default:
            guard let number = Double(try text.number()), number.isFinite else { throw text.wrong("a number is too large") }
            return .number(number)
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(TenonError) -> JSONValue {
        try text.word(word)
        return value
    }

    private mutating func object(_ depth: Int) throws(TenonError) -> JSONValue {
        _ = text.take(UInt8(ascii: "{"))
        var members: [String: JSONValue] = [:]
        text.skipSpace()
        if text.take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            text.skipSpace()
            guard text.next == UInt8(ascii: "\"") else { throw text.wrong("a key is expected") }
            let key = try text.string()
            text.skipSpace()
            guard text.take(UInt8(ascii: ":")) else { throw text.wrong("':' is expected") }
            guard members.updateValue(try value(depth: depth + 1), forKey: key) == nil else { throw text.wrong("a key stands twice") }
            text.skipSpace()
            if text.take(UInt8(ascii: "}")) { return .object(members) }
            guard text.take(UInt8(ascii: ",")) else { throw text.wrong("',' or '}' is expected") }
        }
    }

    private mutating func array(_ depth: Int) throws(TenonError) -> JSONValue {
        _ = text.take(UInt8(ascii: "["))
        var values: [JSONValue] = []
        text.skipSpace()
        if text.take(UInt8(ascii: "]")) { return .array(values) }
        while true {
            values.append(try value(depth: depth + 1))
            text.skipSpace()
            if text.take(UInt8(ascii: "]")) { return .array(values) }
            guard text.take(UInt8(ascii: ",")) else { throw text.wrong("',' or ']' is expected") }
        }
    }
}
