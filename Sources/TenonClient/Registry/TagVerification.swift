import TenonCore

/// What Git says of a tag's signature, by the person's own configuration of whose keys count.
package struct TagVerification: Codable, Hashable, Sendable {
    package var isGood: Bool
    /// Who signed it, or why the signature does not count.
    package var detail: String

    package init(_ git: GitCommand, tag: String) throws(TenonError) {
        let answer = try git.output(["verify-tag", "--", tag], limit: 64 << 10)
        isGood = answer.status == 0
        let lines = answer.standardError.split(separator: UInt8(ascii: "\n")).map { displayName($0) }
        let told = lines.first { $0.contains("Good ") } ?? lines.first { $0.hasPrefix("error: ") } ?? lines.last
        detail = told.map { $0.hasPrefix("error: ") ? String($0.dropFirst(7)) : $0 } ?? "git verify-tag ended with status \(answer.status)"
    }
}
