/// `tenon diff`: what differs between two states of the artifacts, entry by entry.
package struct DiffRequest: WorkTreeRequest {
    package static let verb = "diff"
    package var workTree: WorkTreeContext
    /// Commit on the left; `nil`: the pointers in Git's index.
    package var from: String?
    /// Commit on the right; `nil`: the data in the work tree.
    package var to: String?
    package var paths: [WirePath]
    /// Send the summaries only, no `item` for each entry.
    package var summaryOnly: Bool

    package init(workTree: WorkTreeContext, from: String? = nil, to: String? = nil, paths: [WirePath] = [], summaryOnly: Bool = false) {
        self.workTree = workTree
        self.from = from
        self.to = to
        self.paths = paths
        self.summaryOnly = summaryOnly
    }

    package typealias Item = EntryChange

    package struct Reply: Codable, Sendable {
        package var artifacts: [ArtifactDiff]
        package init(artifacts: [ArtifactDiff]) { self.artifacts = artifacts }
    }
}

package enum ChangeKind: String, Codable, Sendable {
    case added, removed, changed
}

/// One file, symlink or empty directory of an artifact that differs.
package struct EntryChange: Codable, Sendable, Hashable {
    /// From the top of the work tree.
    package var path: WirePath
    package var change: ChangeKind
    package var oldSize: UInt64?
    package var newSize: UInt64?
    package var oldOid: String?
    package var newOid: String?

    package init(
        path: WirePath, change: ChangeKind, oldSize: UInt64? = nil, newSize: UInt64? = nil, oldOid: String? = nil, newOid: String? = nil
    ) {
        self.path = path
        self.change = change
        self.oldSize = oldSize
        self.newSize = newSize
        self.oldOid = oldOid
        self.newOid = newOid
    }
}

/// An artifact that differs, in numbers.
package struct ArtifactDiff: Codable, Sendable, Hashable {
    package var path: WirePath
    package var change: ChangeKind
    package var old: PointerSummary?
    package var new: PointerSummary?
    package var added: UInt64
    package var removed: UInt64
    package var changed: UInt64
    package var addedBytes: UInt64
    package var removedBytes: UInt64

    package init(
        path: WirePath, change: ChangeKind, old: PointerSummary? = nil, new: PointerSummary? = nil, added: UInt64 = 0, removed: UInt64 = 0,
        changed: UInt64 = 0, addedBytes: UInt64 = 0, removedBytes: UInt64 = 0
    ) {
        self.path = path
        self.change = change
        self.old = old
        self.new = new
        self.added = added
        self.removed = removed
        self.changed = changed
        self.addedBytes = addedBytes
        self.removedBytes = removedBytes
    }
}

/// `tenon log`: commits, each with the artifacts that it changed.
package struct LogRequest: WorkTreeRequest {
    package static let verb = "log"
    package var workTree: WorkTreeContext
    /// The commit to start from.
    package var start: String
    package var paths: [WirePath]
    /// At most so many commits; 0: all.
    package var limit: Int
    /// Commits that changed no artifact as well.
    package var all: Bool
    /// Tell of the runs that made the new content. Missing: no.
    package var lineage: Bool?

    package init(
        workTree: WorkTreeContext, start: String, paths: [WirePath] = [], limit: Int = 0, all: Bool = false, lineage: Bool? = nil
    ) {
        self.lineage = lineage
        self.workTree = workTree
        self.start = start
        self.paths = paths
        self.limit = limit
        self.all = all
    }

    package typealias Item = LoggedCommit

    package struct Reply: Codable, Sendable {
        package var commits: Int
        package init(commits: Int) { self.commits = commits }
    }
}

package struct LoggedCommit: Codable, Sendable, Hashable {
    package var commit: String
    package var author: String
    package var email: String
    /// Seconds since 1970, and the author's offset from UTC in minutes.
    package var time: Int64
    package var offset: Int
    package var subject: String
    package var changes: [PointerChange]
    /// The runs that made the content that is new in it, where they were asked for.
    package var runs: [RunSummary]?

    package init(
        commit: String, author: String, email: String, time: Int64, offset: Int, subject: String, changes: [PointerChange], runs: [RunSummary]? = nil
    ) {
        self.runs = runs
        self.commit = commit
        self.author = author
        self.email = email
        self.time = time
        self.offset = offset
        self.subject = subject
        self.changes = changes
    }
}

package struct PointerChange: Codable, Sendable, Hashable {
    package var path: WirePath
    package var change: ChangeKind
    package var old: PointerSummary?
    package var new: PointerSummary?

    package init(path: WirePath, change: ChangeKind, old: PointerSummary? = nil, new: PointerSummary? = nil) {
        self.path = path
        self.change = change
        self.old = old
        self.new = new
    }
}

/// `tenon show`: a commit and the artifacts that it binds.
package struct ShowRequest: WorkTreeRequest {
    package static let verb = "show"
    package var workTree: WorkTreeContext
    package var commit: String

    package init(workTree: WorkTreeContext, commit: String) {
        self.workTree = workTree
        self.commit = commit
    }

    package struct Reply: Codable, Sendable {
        /// The commit, with what it changed against its first parent.
        package var commit: LoggedCommit
        package var artifacts: [BoundArtifact]
        /// The runs that made them, as far as their records are known.
        package var runs: [RunSummary]

        package init(commit: LoggedCommit, artifacts: [BoundArtifact], runs: [RunSummary] = []) {
            self.runs = runs
            self.commit = commit
            self.artifacts = artifacts
        }
    }
}

package struct BoundArtifact: Codable, Sendable, Hashable {
    package var path: WirePath
    package var pointer: PointerSummary
    /// Whether the store holds the bytes.
    package var stored: Bool

    package init(path: WirePath, pointer: PointerSummary, stored: Bool) {
        self.path = path
        self.pointer = pointer
        self.stored = stored
    }
}

/// `tenon ls`: the entries of a directory artifact, or artifacts below a directory.
package struct ListRequest: WorkTreeRequest {
    package static let verb = "ls"
    package var workTree: WorkTreeContext
    /// `nil`: the pointers in the work tree.
    package var commit: String?
    /// An artifact, something inside one, a directory with artifacts below it, or empty for all artifacts.
    package var path: WirePath

    package init(workTree: WorkTreeContext, commit: String? = nil, path: WirePath) {
        self.workTree = workTree
        self.commit = commit
        self.path = path
    }

    package typealias Item = ListedEntry

    package struct Reply: Codable, Sendable {
        package var entries: UInt64
        package var bytes: UInt64

        package init(entries: UInt64, bytes: UInt64) {
            self.entries = entries
            self.bytes = bytes
        }
    }
}

package struct ListedEntry: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable {
        case file
        case executable
        case symlink
        case directory
        /// A directory artifact, listed by name only.
        case tree
    }

    /// From the top of the work tree.
    package var path: WirePath
    package var kind: Kind
    package var size: UInt64
    package var oid: String?
    /// A symlink's target.
    package var target: WirePath?

    package init(path: WirePath, kind: Kind, size: UInt64, oid: String? = nil, target: WirePath? = nil) {
        self.path = path
        self.kind = kind
        self.size = size
        self.oid = oid
        self.target = target
    }
}

/// `tenon cat`: the bytes of a file. The one request that is not answered with events: see `docs/openapi.yaml`.
package struct CatRequest: Codable, Sendable {
    package static let verb = "cat"
    package var workTree: WorkTreeContext
    package var commit: String?
    package var path: WirePath
    /// First byte, from 0; `nil` with `end` set: the last `end` bytes.
    package var start: UInt64?
    /// Last byte, inclusive; `nil`: to the end.
    package var end: UInt64?
    /// What is missing may be fetched, with these variables of the person's environment; `nil`: nothing is fetched.
    package var environment: [String: String]?

    package init(
        workTree: WorkTreeContext, commit: String? = nil, path: WirePath, start: UInt64? = nil, end: UInt64? = nil,
        environment: [String: String]? = nil
    ) {
        self.workTree = workTree
        self.commit = commit
        self.path = path
        self.start = start
        self.end = end
        self.environment = environment
    }
}

/// `tenon which`: the artifacts, commits and runs that have these bytes.
package struct WhichRequest: WorkTreeRequest {
    package static let verb = "which"
    package var workTree: WorkTreeContext
    /// `sha256:` and 64 hexadecimal digits, of a file or a directory.
    package var oid: String?
    /// Absolute path of a file or directory to hash.
    package var file: WirePath?

    package init(workTree: WorkTreeContext, oid: String? = nil, file: WirePath? = nil) {
        self.workTree = workTree
        self.oid = oid
        self.file = file
    }

    package struct Reply: Codable, Sendable {
        package var oid: String
        /// Whether the store holds these bytes.
        package var stored: Bool
        package var matches: [Match]
        /// Where else they lie, bound by no commit. Missing: an older daemon, which does not look.
        package var states: [State]?

        package init(oid: String, stored: Bool, matches: [Match], states: [State]? = nil) {
            self.oid = oid
            self.stored = stored
            self.matches = matches
            self.states = states
        }
    }

    /// A path at which these bytes lay, in code that runs executed uncommitted or in states that were saved.
    package struct State: Codable, Sendable, Hashable {
        /// From the top of the work tree.
        package var path: WirePath
        /// Runs whose code had it, the latest first.
        package var runs: [String]
        /// States that `tenon recover` brings back, the newest first.
        package var saved: [String]

        package init(path: WirePath, runs: [String] = [], saved: [String] = []) {
            self.path = path
            self.runs = runs
            self.saved = saved
        }
    }

    package struct Match: Codable, Sendable, Hashable {
        /// The artifact.
        package var artifact: WirePath
        /// The entry inside it; `nil` where the artifact itself has these bytes.
        package var entry: WirePath?
        /// Commits of this repository that bind it, newest first.
        package var commits: [String]
        package var run: String?

        package init(artifact: WirePath, entry: WirePath? = nil, commits: [String], run: String? = nil) {
            self.artifact = artifact
            self.entry = entry
            self.commits = commits
            self.run = run
        }
    }
}
