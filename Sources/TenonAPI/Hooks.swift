/// What `pre-commit` and `pre-merge-commit` ask: take along what changed, and say whether the commit may be made.
package struct PrepareCommitRequest: WorkTreeRequest {
    package static let verb = "prepare-commit"

    /// Which changed artifacts the commit takes along.
    package enum Taking: String, Codable, Sendable, CaseIterable {
        case all
        /// Those in `paths`, and those whose pointers Git was told to commit: `git commit PATH`.
        case named
        /// None: an amended commit, or one that only checks.
        case none
    }

    package var workTree: WorkTreeContext
    package var taking: Taking
    /// With `named`: artifacts that the person named.
    package var paths: [WirePath]
    /// Whether Git commits even if nothing differs.
    package var allowsEmpty: Bool
    /// Variables by which the default remote is reached and asked for what is not stored here; `nil`: it is not asked.
    package var environment: [String: String]?

    package init(
        workTree: WorkTreeContext, taking: Taking, paths: [WirePath] = [], allowsEmpty: Bool = false, environment: [String: String]? = nil
    ) {
        self.workTree = workTree
        self.taking = taking
        self.paths = paths
        self.allowsEmpty = allowsEmpty
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        /// Artifacts whose new state is staged now.
        package var taken: [AddedArtifact]
        /// Changed artifacts that the commit leaves out, because of what Git is doing or what was asked.
        package var leftOut: [WirePath]
        /// Why the commit must not be made; empty: it may.
        package var refusals: [TenonError]
        /// Whether Git will find nothing to commit, because it looked before the pointers were staged: the same command works the second time.
        package var mustRepeat: Bool

        package init(taken: [AddedArtifact], leftOut: [WirePath], refusals: [TenonError], mustRepeat: Bool) {
            self.taken = taken
            self.leftOut = leftOut
            self.refusals = refusals
            self.mustRepeat = mustRepeat
        }
    }
}

/// What `pre-push` and `reference-transaction` ask: whether references may be moved, because every commit that this publishes or makes
/// reachable has its bytes.
package struct CheckRefsRequest: WorkTreeRequest {
    package static let verb = "check-refs"

    package var workTree: WorkTreeContext
    package var updates: [RefUpdate]
    /// The remote that is pushed to, by its name or URL; `nil`: references of this repository are moved.
    package var remote: WirePath?
    /// Variables by which the default remote is reached: what is not stored here is asked for there, and what is pushed is sent there. `nil`: it is
    /// left alone.
    package var environment: [String: String]?

    package init(workTree: WorkTreeContext, updates: [RefUpdate], remote: WirePath? = nil, environment: [String: String]? = nil) {
        self.workTree = workTree
        self.updates = updates
        self.remote = remote
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        /// Commits that were looked at.
        package var commits: Int
        /// Why the references must not be moved; empty: they may.
        package var refusals: [TenonError]
        /// What was sent to the default remote, if anything.
        package var sent: PushedRemote?

        package init(commits: Int, refusals: [TenonError], sent: PushedRemote? = nil) {
            self.commits = commits
            self.refusals = refusals
            self.sent = sent
        }
    }
}

/// One reference that is about to be moved.
package struct RefUpdate: Codable, Sendable, Hashable {
    /// As the side that is moved has it; its bytes as Git gave them.
    package var name: WirePath
    /// 40 or 64 hexadecimal digits; zeros: it does not exist yet, or is deleted.
    package var old: String
    package var new: String

    package init(name: WirePath, old: String, new: String) {
        self.name = name
        self.old = old
        self.new = new
    }
}
