/// A place in a directory that both sides changed, and not in the same way.
package struct MergeConflict: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case bothAdded
        case bothChanged
        /// We removed what they changed.
        case removedByUs
        /// They removed what we changed.
        case removedByThem
        /// One side has a file, symlink or empty directory where the other has a directory with something in it.
        case fileAndDirectory
    }

    /// Relative to the artifact. For `fileAndDirectory`, all that lies below it belongs to the conflict.
    package let path: ArraySlice<UInt8>
    package let kind: Kind
}
