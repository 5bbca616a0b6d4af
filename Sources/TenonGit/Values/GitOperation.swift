/// Something that Git has begun in a work tree and not finished.
package enum GitOperation: String, Sendable, Hashable, CaseIterable {
    case rebase
    case am
    case merge
    case cherryPick = "cherry-pick"
    case revert
    case bisect
}

/// Objects that a file of the Git directory names, beside the references: `MERGE_HEAD`, `ORIG_HEAD`, `rebase-merge/onto`, …
package struct SpecialHead: Sendable, Hashable {
    /// The file, from the Git directory.
    package let name: String
    package let ids: [GitObjectID]
}
