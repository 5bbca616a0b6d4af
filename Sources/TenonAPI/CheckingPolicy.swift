/// `tenon verify --policy`: whether commits keep the rules of `tenon.yaml`.
package struct PolicyRequest: WorkTreeRequest {
    package static let verb = "check-policy"
    package var workTree: WorkTreeContext
    /// Commits of which all that they bind is judged.
    package var commits: [String]
    /// Judge every commit that can be reached from these, and from none of `known`, by what it changes.
    package var starts: [String]
    package var known: [String]
    /// Every commit reachable from any ref, by what it changes, in place of all these.
    package var all: Bool
    /// The commit whose `tenon.yaml` counts; `nil`: the work tree's.
    package var rules: String?
    /// Variables by which remotes are reached.
    package var environment: [String: String]

    package init(
        workTree: WorkTreeContext, commits: [String] = [], starts: [String] = [], known: [String] = [], all: Bool = false, rules: String? = nil,
        environment: [String: String] = [:]
    ) {
        self.workTree = workTree
        self.commits = commits
        self.starts = starts
        self.known = known
        self.all = all
        self.rules = rules
        self.environment = environment
    }

    package typealias Item = PolicyFinding

    package struct Reply: Codable, Sendable {
        package var commits: Int
        /// Pointers that were judged, each once.
        package var artifacts: Int
        package var findings: Int

        package init(commits: Int, artifacts: Int, findings: Int) {
            self.commits = commits
            self.artifacts = artifacts
            self.findings = findings
        }
    }
}

/// A rule that a commit breaks.
package struct PolicyFinding: Codable, Sendable, Hashable {
    package enum Rule: String, Codable, Sendable, CaseIterable {
        /// A pointer that can't be read.
        case pointer
        /// Bytes that nobody has: neither the store nor a remote.
        case data
        /// A file in Git that should be an artifact.
        case maxGitFile = "max-git-file"
        case lineage
        case metrics
        case validated
    }

    package var rule: Rule
    package var path: WirePath
    package var commit: String
    package var cause: String
    package var remedy: String

    package init(rule: Rule, path: WirePath, commit: String, cause: String, remedy: String) {
        self.rule = rule
        self.path = path
        self.commit = commit
        self.cause = cause
        self.remedy = remedy
    }
}
