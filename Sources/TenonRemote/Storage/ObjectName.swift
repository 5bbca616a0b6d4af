import TenonCore

/// The name of an object on a remote: components of `a-z 0-9 _ - .`, each beginning with a letter or a digit, separated by `/`.
///
/// So a name is a relative path that can't leave the directory it is resolved in, is the same on file systems that ignore case, needs no escaping
/// in a URL or in XML, and never looks like an option. A component has at most 128 characters, a name at most 512.
///
/// A layout must not have a directory `a` beside a name `a-…` or `a.…`, nor an object `a` beside `a/b`: `-` and `.` sort before `/`, and stores that
/// keep directories list such names in another order than those that keep keys.
package struct ObjectName: Hashable, Sendable {
    package let text: String

    package static let maximumLength = 512
    package static let maximumComponentLength = 128

    /// Throws `invalidArgument` that names the rule.
    package init(_ text: String) throws(TenonError) {
        if let reason = ObjectName.reasonToRefuse(text) {
            throw TenonError(.invalidArgument, "object name '\(displayName(text.utf8.prefix(600)))' is refused", cause: reason)
        }
        self.text = text
    }

    package var components: [Substring] { text.split(separator: "/", omittingEmptySubsequences: false) }

    /// The rule that `text` breaks, or `nil` if it is a good name.
    package static func reasonToRefuse(_ text: String) -> String? {
        let bytes = text.utf8
        if bytes.isEmpty { return "it is empty" }
        if bytes.count > maximumLength { return "it is longer than \(maximumLength) bytes" }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let first = component.first else { return "it has an empty component" }
            if component.count > maximumComponentLength { return "a component is longer than \(maximumComponentLength) bytes" }
            if !isLetterOrDigit(first) { return "a component begins with neither a small letter nor a digit" }
            if !component.allSatisfy(isAllowed) { return "it has a character other than a-z, 0-9, '_', '-' and '.'" }
        }
        return nil
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension ObjectName: Comparable {
    /// Byte order of the whole name.
    package static func < (left: ObjectName, right: ObjectName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension ObjectName: CustomStringConvertible {
    package var description: String { text }
}
