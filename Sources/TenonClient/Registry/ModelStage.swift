import TenonCore

/// A place that a version of a model is promoted to, such as `production`.
package struct ModelStage: Hashable, Sendable {
    package let text: String

    /// Throws `invalidArgument` that says which rule `text` breaks.
    package init(_ text: String) throws(TenonError) {
        if let reason = TagWord.reasonToRefuse(text) {
            throw TenonError(.invalidArgument, "the stage '\(displayName(text.utf8.prefix(200)))' is refused", cause: reason, hint: TagWord.hint)
        }
        self.text = text
    }
}
