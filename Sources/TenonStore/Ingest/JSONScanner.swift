/// Walks JSON text in place, by RFC 8259, without building values; nothing nests deeper than `maximumDepth`.
struct JSONScanner {
    private let text: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0

    private static let maximumDepth = 16

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// Walks an object; `member` is called at each value with its name and must consume it. Whether all was well.
    mutating func object(_ member: (_ name: [UInt8], inout JSONScanner) -> Bool) -> Bool {
        enclosed(UInt8(ascii: "{"), UInt8(ascii: "}")) { scanner in
            guard let name = scanner.string(), scanner.take(UInt8(ascii: ":")) else { return false }
            return member(name, &scanner)
        }
    }

    /// Walks an array; `element` must consume each value.
    mutating func array(_ element: (inout JSONScanner) -> Bool) -> Bool {
        enclosed(UInt8(ascii: "["), UInt8(ascii: "]"), element)
    }

    /// A string's bytes as they stand, escapes included.
    mutating func string() -> [UInt8]? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position += 1
                return Array(text[start..<(position - 1)])
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return nil
    }

    /// A number without sign, fraction and exponent.
    mutating func integer() -> UInt64? {
        skipSpace()
        let start = position
        var value: UInt64 = 0
        while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = product.addingReportingOverflow(UInt64(text[position] - UInt8(ascii: "0")))
            if overflow || overflowed { return nil }
            value = sum
            position += 1
        }
        return position > start ? value : nil
    }

    /// Passes over any value.
    mutating func skipValue() -> Bool {
        skipSpace()
        guard position < text.count else { return false }
        switch text[position] {
        case UInt8(ascii: "{"): return object { $1.skipValue() }
        case UInt8(ascii: "["): return array { $0.skipValue() }
        case UInt8(ascii: "\""): return string() != nil
        default:
            let start = position
            while position < text.count, JSONScanner.isPlain(text[position]) { position += 1 }
            return position > start
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func enclosed(_ open: UInt8, _ close: UInt8, _ element: (inout JSONScanner) -> Bool) -> Bool {
        guard depth < JSONScanner.maximumDepth, take(open) else { return false }
        depth += 1
        defer { depth -= 1 }
        if take(close) { return true }
        while true {
            guard element(&self) else { return false }
            if take(close) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    }
}
