import TenonCore

/// Reads JSON by RFC 8259, with every digit of whole numbers, and `NaN`, `Infinity`, `-Infinity`, which Python's `json` writes. Strict in all else: UTF-8, no
/// key twice, nothing after the value.
struct ValueJSON {
    private let bytes: [UInt8]
    private var position = 0
    private var budget: ValueBudget

    /// Throws `invalidArgument` that says where the text is wrong.
    static func parse(_ bytes: [UInt8], limits: ValueLimits) throws(TenonError) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw ValueProblem.error("it is not UTF-8") }
        var reader = ValueJSON(bytes: bytes, budget: ValueBudget(limits))
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.wrong("something follows the value") }
        return value
    }

    private init(bytes: [UInt8], budget: ValueBudget) {
        self.bytes = bytes
        self.budget = budget
    }

    private func wrong(_ what: String) -> TenonError {
        let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == 0x0A }
        return ValueProblem.error("line \(line): \(what)")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(TenonError) -> Value {
        try budget.spend(depth: depth)
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try word("NaN", .number(ValueNumber(.nan)))
        case UInt8(ascii: "I"): return try word("Infinity", .number(ValueNumber(.infinity)))
        case UInt8(ascii: "-") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "I"):
            return try word("-Infinity", .number(ValueNumber(-.infinity)))
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: String, _ value: Value) throws(TenonError) -> Value {
        guard bytes[position...].starts(with: text.utf8) else { throw wrong("a value is expected") }
        position += text.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) throws(TenonError) -> Value {
        position += 1
        var members: [Value.Member] = []
        var keys: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .mapping([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw wrong("a key is expected") }
            let key = try string()
            guard keys.insert(key).inserted else { throw wrong("the key '\(displayName(key.utf8.prefix(60)))' stands twice") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw wrong("':' is expected") }
            members.append(Value.Member(key, try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .mapping(members) }
            guard take(UInt8(ascii: ",")) else { throw wrong("',' or '}' is expected") }
        }
    }

    private mutating func array(_ depth: Int) throws(TenonError) -> Value {
        position += 1
        var values: [Value] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .list([]) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .list(values) }
            guard take(UInt8(ascii: ",")) else { throw wrong("',' or ']' is expected") }
        }
    }

    private mutating func string() throws(TenonError) -> String {
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

    private mutating func number() throws(TenonError) -> ValueNumber {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        guard let number = ValueNumber(decimal: String(decoding: bytes[start..<position], as: UTF8.self)) else {
            throw wrong("a number is too large")
        }
        return number
    }

    private mutating func digits() throws(TenonError) {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw wrong("a value is expected") }
    }
}
