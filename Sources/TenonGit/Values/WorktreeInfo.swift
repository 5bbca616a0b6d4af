/// A work tree of a repository: the main one, or one that `git worktree add` made.
package struct WorktreeInfo: Sendable, Hashable {
    /// The name under `worktrees/` in the Git directory; `nil`: the main work tree.
    package let name: String?
    /// The top of the work tree; it may not exist any more. `nil`: the repository is bare and has no main work tree.
    package let path: [UInt8]?
    /// Its own Git directory, which holds its `HEAD` and index.
    package let gitDirectory: [UInt8]
    package let head: Head
    package let isLocked: Bool
    /// Whether `path` exists now.
    package let isPresent: Bool
}
