import TenonCore
import TenonFormat

/// Reads JSON by RFC 8259, with every digit of whole numbers, and `NaN`, `Infinity`, `-Infinity`, which Python's `json` writes. Strict in all else: UTF-8, no
/// key twice, nothing after the value.
struct ValueJSON {
    private var text: JSONText
    private var budget: ValueBudget

    /// Throws `invalidArgument` that says where the text is wrong.
    static func parse(_ bytes: [UInt8], limits: ValueLimits) throws(TenonError) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw ValueProblem.error("it is not UTF-8") }
        let text = JSONText(bytes, from: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0) { what, position in
            let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == 0x0A }
            return ValueProblem.error("line \(line): \(what)")
        }
        var reader = ValueJSON(text: text, budget: ValueBudget(limits))
        let value = try reader.value(depth: 0)
        reader.text.skipSpace()
        guard reader.text.isAtEnd else { throw reader.text.wrong("something follows the value") }
        return value
    }

    private mutating func value(depth: Int) throws(TenonError) -> Value {
        try budget.spend(depth: depth)
        text.skipSpace()
        switch text.next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .text(try text.string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try word("NaN", .number(ValueNumber(.nan)))
        case UInt8(ascii: "I"): return try word("Infinity", .number(ValueNumber(.infinity)))
        case UInt8(ascii: "-") where text.second == UInt8(ascii: "I"): return try word("-Infinity", .number(ValueNumber(-.infinity)))
        default:
            guard let number = ValueNumber(decimal: try text.number()) else { throw text.wrong("a number is too large") }
            return .number(number)
        }
    }

    private mutating func word(_ word: String, _ value: Value) throws(TenonError) -> Value {
        try text.word(word)
        return value
    }

    private mutating func object(_ depth: Int) throws(TenonError) -> Value {
        _ = text.take(UInt8(ascii: "{"))
        var members: [Value.Member] = []
        var keys: Set<String> = []
        text.skipSpace()
        if text.take(UInt8(ascii: "}")) { return .mapping([]) }
        while true {
            text.skipSpace()
            guard text.next == UInt8(ascii: "\"") else { throw text.wrong("a key is expected") }
            let key = try text.string()
            guard keys.insert(key).inserted else { throw text.wrong("the key '\(displayName(key.utf8.prefix(60)))' stands twice") }
            text.skipSpace()
            guard text.take(UInt8(ascii: ":")) else { throw text.wrong("':' is expected") }
            members.append(Value.Member(key, try value(depth: depth + 1)))
            text.skipSpace()
            if text.take(UInt8(ascii: "}")) { return .mapping(members) }
            guard text.take(UInt8(ascii: ",")) else { throw text.wrong("',' or '}' is expected") }
        }
    }

    private mutating func array(_ depth: Int) throws(TenonError) -> Value {
        _ = text.take(UInt8(ascii: "["))
        var values: [Value] = []
        text.skipSpace()
        if text.take(UInt8(ascii: "]")) { return .list([]) }
        while true {
            values.append(try value(depth: depth + 1))
            text.skipSpace()
            if text.take(UInt8(ascii: "]")) { return .list(values) }
            guard text.take(UInt8(ascii: ",")) else { throw text.wrong("',' or ']' is expected") }
        }
    }
}
