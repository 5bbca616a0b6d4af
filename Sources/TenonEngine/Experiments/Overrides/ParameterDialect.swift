import TenonCore

/// A language in which parameters are written.
enum ParameterDialect {
    case yaml, json, toml

    /// The one that a file's name tells.
    init(of path: RelativePath) {
        if path.bytes.suffix(5).elementsEqual(".json".utf8) {
            self = .json
        } else if path.bytes.suffix(5).elementsEqual(".toml".utf8) {
            self = .toml
        } else {
            self = .yaml
        }
    }

    /// All values of a text that are no groups of others, in the order in which they stand.
    func leaves(_ bytes: [UInt8]) throws -> [ParameterLeaf] {
        switch self {
        case .yaml: try YAMLLeaves.find(bytes)
        case .json: try JSONLeaves.find(bytes)
        case .toml: try TOMLLeaves.find(bytes)
        }
    }

    /// `value` as it is written in place of `leaf`. Throws `invalidArgument` where it is of another type.
    func text(_ value: TypedText, for leaf: ParameterLeaf) throws(TenonError) -> String {
        switch (leaf.kind, value.kind) {
        case (.number, .number), (.nothing, .number): return number(value.text)
        case (.flag, .flag), (.nothing, .flag): return value.text
        case (.nothing, .nothing) where self != .toml: return "null"
        case (.list, .list): return value.text
        case (.text, _), (.nothing, .text): return text(value.unquoted, isQuoted: leaf.isQuoted)
        case (.list, _):
            throw TenonError(
                .invalidArgument, "it is a list, and '\(displayName(value.text.utf8.prefix(100)))' is none",
                hint: "lists are given as JSON: -S 'KEY=[1, 2]'")
        default:
            throw TenonError(.invalidArgument, "it is \(leaf.kind.words), and '\(displayName(value.text.utf8.prefix(100)))' is not")
        }
    }

    private func number(_ text: String) -> String {
        switch self {
        case .yaml: return ParameterDialect.yamlNumber(text)
        case .json, .toml:
            // Both want digits around the point; TOML takes no number that begins with 0 or has a sign alone before the exponent.
            if (try? JSONLeaves.isNumber(text)) == true { return text }
            guard let value = Double(text) else { return text }
            return value == value.rounded() && abs(value) < 1e15 && !text.contains(".") ? String(Int64(value)) : "\(value)"
        }
    }

    /// Readers of YAML 1.1, PyYAML among them, take `1e-3` for a text: they want a point, and a sign in the exponent.
    static func yamlNumber(_ text: String) -> String {
        guard let exponent = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else { return text }
        var mantissa = String(text[..<exponent])
        var power = String(text[text.index(after: exponent)...])
        if !mantissa.contains(".") { mantissa += ".0" }
        if mantissa.hasPrefix(".") { mantissa = "0" + mantissa }
        if let first = power.first, first != "-" && first != "+" { power = "+" + power }
        return mantissa + "e" + power
    }

    private func text(_ text: String, isQuoted: Bool) -> String {
        if self == .yaml, !isQuoted, ParameterDialect.isPlain(text) { return text }
        return ParameterDialect.quoted(text)
    }

    /// Whether YAML reads this word as a text, in each of its versions, and wherever it stands.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic || first == "_" || first == "/" else {
            return false
        }
        guard
            text.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "_./-".unicodeScalars.contains($0))
            })
        else { return false }
        return TypedText(text).kind == .text && !["y", "n", "yes", "no", "on", "off"].contains(text.lowercased())
    }

    /// In double quotes, with the escapes that JSON, YAML and TOML have in common.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
