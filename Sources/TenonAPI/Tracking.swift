/// `tenon init`: makes a Git work tree one of Tenon's.
package struct InitRequest: WorkTreeRequest {
    package static let verb = "init"
    package var workTree: WorkTreeContext

    package init(workTree: WorkTreeContext) { self.workTree = workTree }

    package struct Reply: Codable, Sendable {
        /// Paths that were written or changed, relative to the top.
        package var changed: [WirePath]
        /// Where the store is.
        package var store: WirePath
        /// Whether the work tree was one of Tenon's already.
        package var existed: Bool
        /// What may be data.
        package var found: Surroundings

        package init(changed: [WirePath], store: WirePath, existed: Bool, found: Surroundings = Surroundings()) {
            self.found = found
            self.changed = changed
            self.store = store
            self.existed = existed
        }
    }
}

/// `tenon add`: stores files and directories, writes and stages their pointers.
package struct AddRequest: WorkTreeRequest {
    package static let verb = "add"
    package var workTree: WorkTreeContext
    /// Relative to the top. With `update`: only artifacts at or below these; none means all.
    package var paths: [WirePath]
    /// Take the new state of tracked artifacts only.
    package var update: Bool
    /// Stage the pointers in Git's index. Without it they are written to the work tree alone: the pointer follows the data.
    package var stage: Bool
    /// Say what would be stored, and store nothing.
    package var dryRun: Bool
    /// Take over what Git, or Git LFS, tracks at these paths.
    package var adopt: Bool?

    package init(
        workTree: WorkTreeContext, paths: [WirePath], update: Bool = false, stage: Bool = true, dryRun: Bool = false, adopt: Bool? = nil
    ) {
        self.adopt = adopt
        self.workTree = workTree
        self.paths = paths
        self.update = update
        self.stage = stage
        self.dryRun = dryRun
    }

    package struct Reply: Codable, Sendable {
        package var artifacts: [AddedArtifact]
        /// Bytes that were read, bytes that were new to the store, and what they take there.
        package var readBytes: UInt64
        package var newBytes: UInt64
        package var storedBytes: UInt64

        package init(artifacts: [AddedArtifact], readBytes: UInt64, newBytes: UInt64, storedBytes: UInt64) {
            self.artifacts = artifacts
            self.readBytes = readBytes
            self.newBytes = newBytes
            self.storedBytes = storedBytes
        }
    }
}

/// One artifact that `add` looked at.
package struct AddedArtifact: Codable, Sendable, Hashable {
    package enum Change: String, Codable, Sendable {
        case added, updated, unchanged
    }

    package var path: WirePath
    package var change: Change
    package var pointer: PointerSummary
    /// How many files Git tracked there before; `nil`: none.
    package var adopted: Int?

    package init(path: WirePath, change: Change, pointer: PointerSummary, adopted: Int? = nil) {
        self.adopted = adopted
        self.path = path
        self.change = change
        self.pointer = pointer
    }
}

/// `tenon untrack`: stops tracking and leaves the bytes where they are.
package struct UntrackRequest: WorkTreeRequest {
    package static let verb = "untrack"
    package var workTree: WorkTreeContext
    package var paths: [WirePath]

    package init(workTree: WorkTreeContext, paths: [WirePath]) {
        self.workTree = workTree
        self.paths = paths
    }

    package struct Reply: Codable, Sendable {
        package var untracked: [WirePath]
        package init(untracked: [WirePath]) { self.untracked = untracked }
    }
}

/// `tenon status`: how every artifact stands.
package struct StatusRequest: WorkTreeRequest {
    package static let verb = "status"
    package var workTree: WorkTreeContext
    /// Only artifacts at or below these; none means all.
    package var paths: [WirePath]
    /// First wait until what has changed is stored and its pointers have followed, as far as nobody goes on writing. Missing: no.
    package var wait: Bool?

    package init(workTree: WorkTreeContext, paths: [WirePath] = [], wait: Bool? = nil) {
        self.workTree = workTree
        self.paths = paths
        self.wait = wait
    }

    package struct Reply: Codable, Sendable {
        package var artifacts: [ArtifactStatus]
        /// Files above the limit that Git tracks or would take with `git add -A`.
        package var largeFiles: [LargeFile]
        /// Whether all of the work tree was looked at for them in the time that there is.
        package var largeFilesComplete: Bool
        /// How changes are found.
        package var watch: Watch
        /// Which artifact is walked, and why, where `watch` is `scan`.
        package var watchReason: String?
        /// What the default remote was not seen to have of what HEAD's history binds; `nil`: nothing, or there is no remote.
        package var unsent: Unsent?
        /// Whether data is being pushed in the background. Missing: no.
        package var pushing: Bool?
        /// Why the push in the background that followed the last commit failed.
        package var pushFailure: PushFailure?

        package init(
            artifacts: [ArtifactStatus], largeFiles: [LargeFile], largeFilesComplete: Bool = true, watch: Watch, watchReason: String? = nil,
            unsent: Unsent? = nil, pushing: Bool? = nil, pushFailure: PushFailure? = nil
        ) {
            self.unsent = unsent
            self.pushing = pushing
            self.pushFailure = pushFailure
            self.largeFilesComplete = largeFilesComplete
            self.artifacts = artifacts
            self.largeFiles = largeFiles
            self.watch = watch
            self.watchReason = watchReason
        }
    }

    package enum Watch: String, Codable, Sendable {
        /// The daemon is told of them.
        case watched
        /// By walking the artifacts, at least one of them.
        case scan
    }

    package struct Unsent: Codable, Sendable, Hashable {
        package var remote: String
        /// Commits, of the latest thousand, that brought it.
        package var commits: Int
        /// Contents, and the bytes of their files.
        package var snapshots: Int
        package var bytes: UInt64

        package init(remote: String, commits: Int, snapshots: Int, bytes: UInt64) {
            self.remote = remote
            self.commits = commits
            self.snapshots = snapshots
            self.bytes = bytes
        }
    }

    package struct PushFailure: Codable, Sendable, Hashable {
        /// Seconds since 1970.
        package var time: Int64
        package var error: TenonError

        package init(time: Int64, error: TenonError) {
            self.time = time
            self.error = error
        }
    }

    package struct LargeFile: Codable, Sendable, Hashable {
        package var path: WirePath
        package var size: UInt64

        package init(path: WirePath, size: UInt64) {
            self.path = path
            self.size = size
        }
    }
}
