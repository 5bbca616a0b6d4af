import TenonCore

/// What tells one state of an object from every other one under the same name: an ETag on S3, inode and times in a directory. Opaque.
package struct ObjectTag: Hashable, Sendable {
    package let text: String

    package static let maximumLength = 256

    /// Takes 1 to 256 visible ASCII characters; anything else gives `nil`.
    package init?(_ text: String) {
        guard (1...ObjectTag.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.text = text
    }

    /// For text that is known to be visible ASCII and short.
    init(unchecked text: String) {
        self.text = text
    }
}

extension ObjectTag: CustomStringConvertible {
    package var description: String { text }
}
