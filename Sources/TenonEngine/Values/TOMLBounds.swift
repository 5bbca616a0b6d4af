import TenonCore

/// How deep TOML nests, by its characters alone: the parser walks what it has read by recursion, and bounds lists and tables but no dotted keys.
struct TOMLBounds {
    private let bytes: [UInt8]
    private var position = 0
    private var brackets = 0
    /// Of one key or number.
    private var dots = 0

    /// Lists and tables in one another; and parts of one key. What nests is at most their product.
    private static let limit = 32

    /// Throws `invalidArgument` for a text that nests too deeply.
    static func require(_ bytes: [UInt8]) throws(TenonError) {
        var bounds = TOMLBounds(bytes: bytes)
        while let byte = bounds.next {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                bounds.skipString(byte)
                continue
            case UInt8(ascii: "#"):
                while let byte = bounds.next, byte != 0x0A { bounds.position += 1 }
                continue
            case UInt8(ascii: "."): bounds.dots += 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                bounds.brackets += 1
                bounds.dots = 0
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                bounds.brackets = max(0, bounds.brackets - 1)
                bounds.dots = 0
            case UInt8(ascii: "="), UInt8(ascii: ","), 0x0A: bounds.dots = 0
            default: break
            }
            guard max(bounds.brackets, bounds.dots) <= limit else { throw ValueProblem.error("it is nested too deeply") }
            bounds.position += 1
        }
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Goes past a string (https://toml.io/en/v1.0.0#string): quotes once or three times; backslashes escape in double ones.
    private mutating func skipString(_ quote: UInt8) {
        let isLong = bytes[position...].starts(with: [quote, quote, quote])
        position += isLong ? 3 : 1
        while let byte = next {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                position += 2
            } else if isLong, bytes[position...].starts(with: [quote, quote, quote]) {
                position += 3
                // One or two quotes may stand before those that end it.
                while next == quote { position += 1 }
                return
            } else if !isLong, byte == quote || byte == 0x0A {
                position += byte == quote ? 1 : 0
                return
            } else {
                position += 1
            }
        }
    }
}
