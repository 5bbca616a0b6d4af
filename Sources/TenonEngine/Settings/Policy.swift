/// The rules of `policy` in `tenon.yaml`, with their defaults.
struct Policy: Equatable, Sendable {
    /// What `git commit` does about artifacts whose data has changed.
    enum ModifiedRule: String, CaseIterable, Sendable {
        /// Store the data and stage its pointer.
        case snapshot
        /// Stop the commit.
        case block
        /// Say so, and commit the pointer that is staged.
        case warn
    }

    /// Whether data must be on a remote before the commits that name it may be pushed.
    enum RemoteRule: String, CaseIterable, Sendable {
        /// If there is a remote.
        case auto
        case always = "true"
        case never = "false"
    }

    /// When data goes to the default remote.
    enum PushRule: String, CaseIterable, Sendable {
        /// With `tenon push` and `git push`.
        case manual
        /// After each commit too.
        case background
    }

    var onModified = ModifiedRule.snapshot
    /// New files with more bytes must be artifacts.
    var largestGitFile: UInt64 = 10 << 20
    /// Globs of files that may stay in Git however large they are.
    var largeAllowed: [String] = []
    /// Globs of artifacts that need a run record.
    var lineage: [String] = []
    /// Globs of artifacts that need a validation record.
    var validated: [String] = []
    var metrics: [MetricRule] = []
    /// Whether commits are checked in `reference-transaction` too, which no option of `git commit` skips.
    var strict = false
    var requireRemote = RemoteRule.auto
    var push = PushRule.manual
    /// Hooks fetch at most this many bytes unasked.
    var fetchLimit: UInt64 = 1 << 30
}
