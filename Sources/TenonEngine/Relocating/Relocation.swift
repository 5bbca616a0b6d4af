import TenonCore
import TenonFormat
import TenonGit

/// One thing that `mv` moves: an artifact, or a directory with the artifacts in it.
struct Relocation {
    /// An artifact, and where it comes to lie.
    struct Item {
        var record: ArtifactRecord
        var to: RelativePath
        /// What the pointer at `to` says, byte for byte.
        var pointer: [UInt8]
        /// What data and pointer agree on, as far as is known.
        var base: Base?
    }

    var from: RelativePath
    var to: RelativePath
    /// Whether `from` is no artifact itself, so that everything below it moves by one rename, Git's files included.
    var isDirectory: Bool
    var items: [Item]
    /// What Git's index is to say.
    var indexUpdates: [IndexUpdate]
}
