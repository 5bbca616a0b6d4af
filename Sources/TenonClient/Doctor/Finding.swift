/// One thing that `tenon doctor` looked at.
package struct Finding: Codable, Sendable, Hashable {
    package enum Verdict: String, Codable, Sendable {
        case ok
        /// It works, with a drawback.
        case warning
        case wrong
    }

    /// What was looked at, in a word or two: `git`, `store`, `hook pre-commit`.
    package var subject: String
    package var verdict: Verdict
    /// What was found, in a sentence without a full stop.
    package var detail: String
    /// What to do, where there is something to do.
    package var remedy: String?

    package init(_ subject: String, _ verdict: Verdict, _ detail: String, remedy: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.detail = detail
        self.remedy = remedy
    }
}
