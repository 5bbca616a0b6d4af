import TenonCore

/// An entry of the index.
package struct IndexEntry: Sendable, Hashable {
    /// The bytes as Git has them: not checked against the rules of `RelativePath`.
    package let path: [UInt8]
    /// 0, or in a conflict 1 (base), 2 (ours) or 3 (theirs).
    package let stage: Int
    package let mode: GitFileMode
    package let id: GitObjectID
    /// The file's size when Git last looked, modulo 2^32; 0 where it has not.
    package let size: UInt32
    /// Left out of the work tree by sparse checkout: that the file is absent says nothing.
    package let isSkippedInWorkTree: Bool
    /// `git add -N`: announced, without content yet; `id` means nothing.
    package let isIntentToAdd: Bool

    package init(
        path: [UInt8], stage: Int, mode: GitFileMode, id: GitObjectID, size: UInt32 = 0, isSkippedInWorkTree: Bool = false,
        isIntentToAdd: Bool = false
    ) {
        self.path = path
        self.stage = stage
        self.mode = mode
        self.id = id
        self.size = size
        self.isSkippedInWorkTree = isSkippedInWorkTree
        self.isIntentToAdd = isIntentToAdd
    }

    /// The artifact that this entry is the pointer of; `nil` if its path is none that Tenon takes.
    package var artifactPath: RelativePath? { PointerName.artifactPath(ofPointerAt: path) }
}

/// A change to make to the index.
package enum IndexUpdate: Sendable, Hashable {
    /// Puts `id` there at stage 0, in place of whatever stages there are.
    case set(path: [UInt8], mode: GitFileMode, id: GitObjectID)
    /// Removes all stages.
    case remove(path: [UInt8])
}
