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

    /// Whether its files may be other names of files that lie elsewhere too, read-only: those get and lose names, and so another ctime, while nobody
    /// touches their bytes. They are known by inode, size and mtime.
    package var sharesFiles: Bool

    package init(workTreeRoot: String, workTreeID: String, path: RelativePath, repositoryID: String? = nil, sharesFiles: Bool = false) {
        self.repositoryID = repositoryID
        self.sharesFiles = sharesFiles
        self.workTreeRoot = workTreeRoot
        self.workTreeID = workTreeID
        self.path = path
    }
}
