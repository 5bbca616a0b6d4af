import TenonCore

/// Where an artifact lies, or should lie: a path in a work tree.
package struct ArtifactPlace: Hashable, Sendable {
    /// Absolute path of the work tree's top.
    package var workTreeRoot: String
    /// What the stat cache knows the work tree by.
    package var workTreeID: String
    /// The artifact's path below the top.
    package var path: RelativePath

    /// What saved states name the repository by; `nil`: by the work tree's name.
    package var repositoryID: String?

    package init(workTreeRoot: String, workTreeID: String, path: RelativePath, repositoryID: String? = nil) {
        self.repositoryID = repositoryID
        self.workTreeRoot = workTreeRoot
        self.workTreeID = workTreeID
        self.path = path
    }
}
