/// Who did something, and when.
package struct GitSignature: Sendable, Hashable {
    package let name: String
    package let email: String
    /// Seconds since 1970.
    package let time: Int64
    /// Minutes east of UTC.
    package let offset: Int

    package init(name: String, email: String, time: Int64, offset: Int) {
        self.name = name
        self.email = email
        self.time = time
        self.offset = offset
    }
}

/// A commit without its files.
package struct CommitInfo: Sendable, Hashable {
    package let id: GitObjectID
    package let tree: GitObjectID
    package let parents: [GitObjectID]
    package let author: GitSignature
    package let committer: GitSignature
    /// The whole message, as text: bytes that fit no encoding are replaced.
    package let message: String

    /// The first paragraph of the message in one line, as `git log --format=%s` gives it.
    package var subject: String {
        var lines: [Substring] = []
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
            let isBlank = line.allSatisfy(\.isWhitespace)
            if isBlank && lines.isEmpty { continue }
            if isBlank { break }
            var text = line
            while text.last?.isWhitespace == true { text.removeLast() }
            lines.append(text)
        }
        return lines.joined(separator: " ")
    }
}
