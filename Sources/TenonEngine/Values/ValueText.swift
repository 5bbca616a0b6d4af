/// Texts of small files as values.
enum ValueText {
    /// A word as what it looks like by YAML's core schema (https://yaml.org/spec/1.2.2/#103-core-schema): a number, true or false, nothing, else text.
    static func typed(_ text: String) -> Value {
        switch text {
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case "", "null", "Null", "NULL", "~": return .null
        case ".nan", ".NaN", ".NAN": return .number(ValueNumber(.nan))
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(ValueNumber(.infinity))
        case "-.inf", "-.Inf", "-.INF": return .number(ValueNumber(-.infinity))
        default: break
        }
        if let number = ValueNumber(decimal: text) { return .number(number) }
        for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
            if !text.dropFirst(2).hasPrefix("-"), !text.dropFirst(2).hasPrefix("+"), let value = Int64(text.dropFirst(2), radix: radix) {
                return .number(ValueNumber(value))
            }
        }
        return .text(text)
    }

    /// A cell of a table: as `typed`, and the words by which programs write what is not finite.
    static func cell(_ text: String) -> Value {
        switch text.lowercased() {
        case "nan", "+nan", "-nan": .number(ValueNumber(.nan))
        case "inf", "+inf", "infinity", "+infinity": .number(ValueNumber(.infinity))
        case "-inf", "-infinity": .number(ValueNumber(-.infinity))
        default: typed(text)
        }
    }
}
