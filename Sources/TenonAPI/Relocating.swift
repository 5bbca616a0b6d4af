/// `tenon mv`: moves artifacts, and directories that hold some, with all that belongs to them.
package struct MoveRequest: WorkTreeRequest {
    package static let verb = "mv"
    package var workTree: WorkTreeContext
    /// Relative to the top.
    package var sources: [WirePath]
    /// Relative to the top, which is empty. If it is a directory and no artifact, the sources come to lie in it.
    package var destination: WirePath
    /// The destination must be a directory: it was written with a slash at its end.
    package var intoDirectory: Bool
    /// Say what would be moved, and move nothing.
    package var dryRun: Bool

    package init(workTree: WorkTreeContext, sources: [WirePath], destination: WirePath, intoDirectory: Bool = false, dryRun: Bool = false) {
        self.workTree = workTree
        self.sources = sources
        self.destination = destination
        self.intoDirectory = intoDirectory
        self.dryRun = dryRun
    }

    package struct Reply: Codable, Sendable {
        /// The artifacts that were moved, in the order of the sources.
        package var moved: [MovedArtifact]
        package init(moved: [MovedArtifact]) { self.moved = moved }
    }
}

/// An artifact that has a new path.
package struct MovedArtifact: Codable, Sendable, Hashable {
    package var from: WirePath
    package var to: WirePath

    package init(from: WirePath, to: WirePath) {
        self.from = from
        self.to = to
    }
}

/// `tenon rm`: stops tracking artifacts and removes their data.
package struct RemoveRequest: WorkTreeRequest {
    package static let verb = "rm"
    package var workTree: WorkTreeContext
    package var paths: [WirePath]
    /// Remove data that is stored nowhere, too. It is saved first.
    package var force: Bool
    /// Say what would be removed, and remove nothing.
    package var dryRun: Bool

    package init(workTree: WorkTreeContext, paths: [WirePath], force: Bool = false, dryRun: Bool = false) {
        self.workTree = workTree
        self.paths = paths
        self.force = force
        self.dryRun = dryRun
    }

    package struct Reply: Codable, Sendable {
        package var removed: [RemovedArtifact]
        package init(removed: [RemovedArtifact]) { self.removed = removed }
    }
}

/// An artifact that is tracked no more, and whose data is gone.
package struct RemovedArtifact: Codable, Sendable, Hashable {
    package var path: WirePath
    /// What its pointer said last; `nil` where that could not be read.
    package var pointer: PointerSummary?
    /// The id of what lay there, for `tenon recover`; `nil` where a commit has it, or nothing lay there.
    package var saved: String?

    package init(path: WirePath, pointer: PointerSummary? = nil, saved: String? = nil) {
        self.path = path
        self.pointer = pointer
        self.saved = saved
    }
}
