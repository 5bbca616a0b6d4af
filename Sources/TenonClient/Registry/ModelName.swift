import TenonCore

/// What a model is called in the registry: a word that can be a component of a tag's name on every Git host and file system.
package struct ModelName: Hashable, Sendable {
    package let text: String

    /// Throws `invalidArgument` that says which rule `text` breaks.
    package init(_ text: String) throws(TenonError) {
        if let reason = TagWord.reasonToRefuse(text) {
            throw TenonError(
                .invalidArgument, "the model's name '\(displayName(text.utf8.prefix(200)))' is refused", cause: reason, hint: TagWord.hint)
        }
        self.text = text
    }
}
