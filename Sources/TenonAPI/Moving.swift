/// `tenon restore`, the second half of `tenon checkout`, and what Git's hooks ask for: brings data to what pointers say.
package struct RestoreRequest: WorkTreeRequest {
    package static let verb = "restore"

    /// Which artifacts, and what becomes of changes.
    package enum Mode: String, Codable, Sendable {
        /// As Git moved the pointers: artifacts that are behind, diverged or moving; modified ones are left alone. While a rebase is between two
        /// picks: nothing.
        case reconcile
        /// The same, and artifacts whose data is missing are brought: what `tenon checkout` asks for.
        case checkout
        /// What was asked for by name, modified or not.
        case overwrite
        /// Conflicted directories: what merges by itself, and ours where nothing does. Choices made before are dropped.
        case merge
    }

    package enum Side: String, Codable, Sendable {
        case ours, theirs
    }

    package var workTree: WorkTreeContext
    package var mode: Mode
    /// Relative to the top; may name artifacts, directories that hold some, or entries inside one. None means all.
    package var paths: [WirePath]
    /// The commit to take pointers from, 40 or 64 hexadecimal digits; `nil`: `overwrite` takes HEAD's, the others the work tree's.
    package var source: String?
    /// In a conflict: whose pointer, or for entries inside a directory artifact whose entries.
    package var side: Side?
    /// Absolute path of a directory to write to in place of the work tree.
    package var destination: WirePath?
    /// Do not save what is overwritten.
    package var discard: Bool
    /// Go on to the end though the client goes away: a hook that must not keep Git waiting.
    package var detach: Bool?
    /// What is missing may be fetched, with these variables of the person's environment; `nil`: nothing is fetched.
    package var environment: [String: String]?

    package init(
        workTree: WorkTreeContext, mode: Mode, paths: [WirePath] = [], source: String? = nil, side: Side? = nil, destination: WirePath? = nil,
        discard: Bool = false, detach: Bool? = nil, environment: [String: String]? = nil
    ) {
        self.workTree = workTree
        self.mode = mode
        self.paths = paths
        self.source = source
        self.side = side
        self.destination = destination
        self.discard = discard
        self.detach = detach
        self.environment = environment
    }

    package var outlivesClient: Bool { detach == true }

    package struct Reply: Codable, Sendable {
        package var restored: [RestoredArtifact]
        /// Artifacts whose bytes could not be had; left as they were.
        package var failed: [FailedArtifact]

        package init(restored: [RestoredArtifact], failed: [FailedArtifact]) {
            self.restored = restored
            self.failed = failed
        }
    }
}

package struct RestoredArtifact: Codable, Sendable, Hashable {
    package var path: WirePath
    package var filesWritten: UInt64
    package var filesRemoved: UInt64
    package var bytesWritten: UInt64
    /// The id of the state that was saved before it was overwritten, for `tenon recover`.
    package var saved: String?
    /// Of an artifact whose conflict is settled entry by entry: how far that has come. With the last one its pointer was staged.
    package var conflict: ConflictSummary?

    package init(
        path: WirePath, filesWritten: UInt64, filesRemoved: UInt64, bytesWritten: UInt64, saved: String? = nil, conflict: ConflictSummary? = nil
    ) {
        self.path = path
        self.filesWritten = filesWritten
        self.filesRemoved = filesRemoved
        self.bytesWritten = bytesWritten
        self.saved = saved
        self.conflict = conflict
    }
}

package struct FailedArtifact: Codable, Sendable, Hashable {
    package var path: WirePath
    package var error: TenonError

    package init(path: WirePath, error: TenonError) {
        self.path = path
        self.error = error
    }
}

/// `tenon recover`: lists the states that were saved before a checkout overwrote them, or brings one back.
package struct RecoverRequest: WorkTreeRequest {
    package static let verb = "recover"
    package var workTree: WorkTreeContext
    /// The id of a saved state, or an unambiguous beginning of it; `nil` lists.
    package var id: String?
    /// Absolute path to write to; `nil`: the artifact's own path.
    package var destination: WirePath?

    package init(workTree: WorkTreeContext, id: String? = nil, destination: WirePath? = nil) {
        self.workTree = workTree
        self.id = id
        self.destination = destination
    }

    package struct Reply: Codable, Sendable {
        package var states: [SavedState]
        package var restored: RestoredArtifact?

        package init(states: [SavedState], restored: RestoredArtifact? = nil) {
            self.states = states
            self.restored = restored
        }
    }
}

/// A state of an artifact's data that was saved before it was overwritten.
package struct SavedState: Codable, Sendable, Hashable {
    package var id: String
    package var path: WirePath
    /// When it was saved, in seconds since 1970.
    package var time: Int64
    package var pointer: PointerSummary

    package init(id: String, path: WirePath, time: Int64, pointer: PointerSummary) {
        self.id = id
        self.path = path
        self.time = time
        self.pointer = pointer
    }
}
