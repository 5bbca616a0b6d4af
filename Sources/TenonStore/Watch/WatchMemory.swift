import TenonCore

/// What the last look at a watched artifact found: all of its entries, so that the next looks only at what was touched since.
///
/// Unchecked because the compiler can't see who works on it: it belongs to the one look that has taken it from the watcher's table.
final class WatchMemory: @unchecked Sendable {
    let kind: ArtifactKind
    /// The directory that the nodes lie below, by device and inode: at its path must lie this very one, or the memory is of something else.
    let identity: Identity
    /// When all of it was walked.
    let walked = ContinuousClock.now
    /// As in `ArtifactTree`.
    var nodes: [DirectoryNode]
    /// The same by the numbers of their watches.
    var byWatch: [Int32: DirectoryNode]
    /// Nodes with files that are not settled: their stat is taken at each look.
    var restless: [DirectoryNode]
    /// What the entries come to, if that has been computed since the last change.
    var content: Content?
    /// All in `nodes`.
    var entryCount: Int

    struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
    }

    /// Takes what a walk has found just now. No file is settled: somebody may have had it open for writing since before it was watched.
    init(kind: ArtifactKind, identity: Identity, nodes: [DirectoryNode]) {
        self.kind = kind
        self.identity = identity
        self.nodes = nodes
        byWatch = Dictionary(nodes.map { ($0.watch, $0) }, uniquingKeysWith: { first, _ in first })
        restless = nodes.filter(\.isRestless)
        entryCount = nodes.reduce(0) { $0 + $1.items.count }
    }
}
