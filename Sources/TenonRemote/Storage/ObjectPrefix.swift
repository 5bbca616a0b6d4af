import TenonCore

/// What the names of a listing begin with: nothing, or the beginning of a good name, cut anywhere.
package struct ObjectPrefix: Hashable, Sendable {
    package let text: String

    /// All objects.
    package static let all = ObjectPrefix(unchecked: "")

    /// Throws `invalidArgument` if no good name begins so.
    package init(_ text: String) throws(TenonError) {
        // Whatever a good name can begin with becomes one when a letter is put behind it.
        if !text.isEmpty, let reason = ObjectName.reasonToRefuse(text + "a"), ObjectName.reasonToRefuse(text) != nil {
            throw TenonError(.invalidArgument, "prefix '\(displayName(text.utf8.prefix(600)))' is refused", cause: reason)
        }
        self.text = text
    }

    private init(unchecked text: String) {
        self.text = text
    }

    package func matches(_ name: ObjectName) -> Bool { name.text.utf8.starts(with: text.utf8) }

    /// The components before the last slash: the directory in which every name of the listing lies.
    var directory: [Substring] {
        text.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    }
}

extension ObjectPrefix: CustomStringConvertible {
    package var description: String { text }
}
