import TenonCore
import TenonGit

/// A reference that a push asks to move, as `pre-receive` is told of it.
package struct ReceivedUpdate: Hashable, Sendable {
    /// In full, such as `refs/heads/main`.
    package var name: String
    package var new: GitObjectID

    /// More is refused: about 400,000 references.
    package static let maximumLength = 64 << 20
    /// The longest name of a reference.
    private static let maximumName = 4096

    /// Reads `OLD NEW NAME` lines. Deletions are left out: they bring nothing.
    ///
    /// What the reference was is not taken from here: whoever pushes says it, and Git has not compared it yet.
    package static func parse(_ bytes: [UInt8]) throws(TenonError) -> [ReceivedUpdate] {
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else { throw malformed("its standard input is cut short") }
        var updates: [ReceivedUpdate] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().enumerated() {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count == 3, GitObjectID(hexBytes: words[0]) != nil, let new = GitObjectID(hexBytes: words[1]),
                words[2].starts(with: Array("refs/".utf8)), words[2].count <= maximumName, !words[2].contains(0)
            else {
                throw malformed("line \(number + 1) of its standard input is not 'OLD NEW REF': '\(displayName(line.prefix(200)))'")
            }
            if !new.isZero { updates.append(ReceivedUpdate(name: String(decoding: words[2], as: UTF8.self), new: new)) }
        }
        return updates
    }

    private static func malformed(_ cause: String) -> TenonError {
        TenonError(.invalidArgument, "the push can't be checked", cause: cause)
    }
}
