import TenonCore

/// XML, and HTML that is XML as well, in the making. Every text and attribute is escaped here and nowhere else.
package struct Markup: Sendable {
    package private(set) var text = ""

    package init() {}

    /// An element with a text in it.
    package mutating func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], text content: String) {
        element(name, attributes) { $0.add(content) }
    }

    /// An element with what `body` adds.
    package mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ body: (inout Markup) -> Void
    ) {
        begin(name, attributes)
        text += ">"
        body(&self)
        text += "</\(name)>"
    }

    /// An element with nothing in it.
    package mutating func empty(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:]) {
        begin(name, attributes)
        text += "/>"
    }

    /// A text; the end of a very long one is cut: it may be anything that a file of values holds, and stand in many places.
    package mutating func add(_ content: String) {
        guard content.utf8.count > Markup.longestText else { return text += Markup.escaped(content) }
        text += Markup.escaped(String(content.unicodeScalars.prefix(Markup.longestText / 4))) + "…"
    }

    /// Bytes.
    private static let longestText = 8192

    /// For the reader of the source.
    package mutating func newLine() { text += "\n" }

    /// Text of this program's own that needs no escaping, such as a style sheet.
    package mutating func addTrusted(_ source: StaticString) { text += "\(source)" }

    private mutating func begin(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Markup.escaped(value))\"" }
    }

    /// `content` with nothing that ends a text or an attribute, and nothing that XML does not allow or that hides what it says: control and
    /// bidirectional formatting characters become U+FFFD.
    package static func escaped(_ content: String) -> String {
        var result = ""
        result.reserveCapacity(content.utf8.count)
        for scalar in content.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result += " "
            default:
                let isForbidden =
                    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.properties.isBidiControl
                    || scalar.value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(scalar.value)
                result.unicodeScalars.append(isForbidden ? "\u{FFFD}" : scalar)
            }
        }
        return result
    }

    /// A length for an attribute: at most one decimal place.
    package static func px(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e7 else { return "0" }
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let magnitude = tenths.magnitude
        return magnitude % 10 == 0 ? "\(sign)\(magnitude / 10)" : "\(sign)\(magnitude / 10).\(magnitude % 10)"
    }
}
