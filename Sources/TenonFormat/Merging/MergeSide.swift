/// One of the two states that are merged, in Git's words.
package enum MergeSide: String, Hashable, Sendable {
    /// What was here before the merge.
    case ours
    /// What is merged into it.
    case theirs
}
