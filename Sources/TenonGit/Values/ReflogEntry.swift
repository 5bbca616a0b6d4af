/// One move of a reference.
package struct ReflogEntry: Sendable, Hashable {
    /// The reference, such as `HEAD` or `refs/heads/main`; of another work tree with `worktrees/NAME/` before it.
    package let reference: String
    /// What it named before; `nil`: it did not exist, or that is not known.
    package let old: GitObjectID?
    /// What it named from then on; `nil`: it was deleted.
    package let new: GitObjectID?
    package let who: GitSignature
    package let message: String
}
