/// A number of a small file: what it is worth, and how it is written, as a whole number may have more digits than a `Double` holds.
struct ValueNumber: Sendable {
    /// `NaN`, `Infinity` and `-Infinity` for those that are not finite.
    let text: String
    let value: Double

    init(_ value: Double, text: String? = nil) {
        self.value = value
        if value.isFinite {
            self.text = text ?? ValueNumber.plain(value)
        } else {
            self.text = value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
        }
    }

    /// A whole number of which every digit counts.
    init(_ value: Int64) {
        self.init(Double(value), text: String(value))
    }

    /// Reads decimal digits with an optional sign, fraction and exponent; `nil` for anything else. What is too large is refused: it would read as infinite.
    init?(decimal text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= ValueNumber.maximumDigits, ValueNumber.isDecimal(bytes), let value = Double(text), value.isFinite else { return nil }
        let isWhole = bytes.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        self.init(value, text: isWhole ? String(text) : nil)
    }

    /// No number has more characters.
    private static let maximumDigits = 400

    /// Whether `value` is all there is to know.
    var isExact: Bool { value.magnitude < 9_007_199_254_740_992 || !text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") } }

    /// Whole numbers without a fraction, others with the fewest digits that give them back.
    private static func plain(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func isDecimal(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        func digits(_ rest: inout ArraySlice<UInt8>) -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        func sign(_ rest: inout ArraySlice<UInt8>) {
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        }
        sign(&rest)
        var count = digits(&rest)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            count += digits(&rest)
        }
        guard count > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            sign(&rest)
            guard digits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }
}

extension ValueNumber: Equatable {
    /// The same worth, to the last digit; one that is not a number equals itself, so that it is no change.
    static func == (left: ValueNumber, right: ValueNumber) -> Bool {
        if left.isExact && right.isExact { return left.value == right.value || (left.value.isNaN && right.value.isNaN) }
        return left.text == right.text
    }
}
