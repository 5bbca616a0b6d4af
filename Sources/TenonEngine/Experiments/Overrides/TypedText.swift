import TenonCore
import TenonFormat

/// A value as it was typed on a command line, with the type that it looks like.
struct TypedText: Hashable {
    let text: String
    let kind: ParameterLeaf.Kind

    init(_ text: String) {
        self.text = text
        switch text {
        case "true", "false": kind = .flag
        case "null", "~": kind = .nothing
        default:
            if text.hasPrefix("["), (try? JSONReader.parse(Array(text.utf8)))?.array != nil {
                kind = .list
            } else {
                kind = TypedText.isNumber(text) ? .number : .text
            }
        }
    }

    /// A text that stands in quotes means what is in them, so that `"1"` is no number.
    var unquoted: String {
        guard text.utf8.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else { return text }
        return String(text.dropFirst().dropLast())
    }

    static func isNumber(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return false }
        return Double(text)?.isFinite == true
    }
}
