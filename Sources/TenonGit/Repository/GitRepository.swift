import Synchronization
import TenonCore

/// A Git repository as seen from one of its work trees: read through libgit2, and through `git` where libgit2 refuses; written through `git`.
///
/// Opened for a request and cheap: no process is started where libgit2 reads. All calls block, are serialised by a lock and may come from any
/// thread that may wait. Only values leave it, and no revision is parsed: objects are named by full ids.
package final class GitRepository: Sendable {
    /// Which of the two readers opened the repository.
    package enum Reader: String, Sendable, CaseIterable {
        case libgit2
        case git
    }

    /// The top of the work tree, as it was given.
    package let workTree: [UInt8]
    /// This work tree's own Git directory, absolute.
    package let gitDirectory: [UInt8]
    /// The Git directory that all work trees share: `gitDirectory`, except in a linked work tree.
    package let commonDirectory: [UInt8]
    package let objectFormat: GitObjectFormat
    package let reader: Reader

    /// Runs `git` in this work tree, in the caller's environment.
    package let process: GitProcess
    let memo: TreeMemo

    private let readers: Mutex<Readers>

    private struct Readers {
        var libgit: LibgitReader?
        var plumbing: PlumbingReader
        /// Set once libgit2 has refused the index: it would read all of it each time to refuse again.
        var libgitRefusesIndex = false
        var trees = TreeCache()
    }

    /// Made by `open`.
    init(_ place: RepositoryPlace, libgit: sending LibgitReader?, process: GitProcess, memo: TreeMemo) {
        workTree = place.workTree
        gitDirectory = place.gitDirectory
        commonDirectory = place.commonDirectory
        objectFormat = place.objectFormat
        reader = libgit == nil ? .git : .libgit2
        self.process = process
        self.memo = memo
        readers = Mutex(Readers(libgit: libgit, plumbing: PlumbingReader(process: process)))
    }

    package var isLinkedWorktree: Bool { gitDirectory != commonDirectory }

    /// Whether references lie in a reftable, which only `git` reads.
    var usesReftable: Bool { DirectoryFiles.exists(DirectoryFiles.join(commonDirectory, "reftable")) }

    // MARK: Asking a reader

    /// Asks libgit2; where it fails, `git`, whose word is final.
    func read<Result: Sendable>(_ question: (any RepositoryReader) throws -> Result) throws -> Result {
        try readers.withLock { readers in
            if let libgit = readers.libgit {
                do { return try question(libgit) } catch is LibgitError {}
            }
            return try question(readers.plumbing)
        }
    }

    /// The same for questions that the index answers.
    func readIndex<Result: Sendable>(_ question: (any RepositoryReader) throws -> Result) throws -> Result {
        try readers.withLock { readers in
            if let libgit = readers.libgit, !readers.libgitRefusesIndex {
                do { return try question(libgit) } catch is LibgitError { readers.libgitRefusesIndex = true }
            }
            return try question(readers.plumbing)
        }
    }

    /// Asks `git` in any case.
    func readByGit<Result: Sendable>(_ question: (any RepositoryReader) throws -> Result) throws -> Result {
        try readers.withLock { try question($0.plumbing) }
    }

    /// Asks libgit2 for something, and then `git`, which finds objects in quarantines and fetches those of partial clones.
    func readObject<Result: Sendable>(_ question: (any RepositoryReader) throws -> Result?) throws -> Result? {
        if let found = try read(question) { return found }
        return reader == .git ? nil : try readByGit(question)
    }

    /// Writes a blob through libgit2; `nil` if it can't.
    func writeBlobDirectly(_ content: [UInt8]) -> GitObjectID? {
        readers.withLock { readers in try? readers.libgit?.writeBlob(content) }
    }

    /// Reads a tree through the cache of trees.
    func cursor(_ tree: GitObjectID) throws -> TreeCursor {
        if let bytes = readers.withLock({ $0.trees[tree] }) { return TreeCursor(tree, bytes) }
        let object = try requiredObject(tree, .tree, limit: GitRepository.treeLimit)
        readers.withLock { $0.trees[tree] = object.bytes }
        return TreeCursor(tree, object.bytes)
    }

    /// Bounds of what is read of trees, and of commits and tags.
    static let treeLimit = 256 << 20
    static let commitLimit = 16 << 20
}

/// Where a repository lies.
struct RepositoryPlace {
    var workTree: [UInt8]
    var gitDirectory: [UInt8]
    var commonDirectory: [UInt8]
    var objectFormat: GitObjectFormat
}

/// The trees read last, up to a few megabytes: in a history, each tree is read as the new one and then as the old one.
struct TreeCache {
    private var trees: [GitObjectID: [UInt8]] = [:]
    private var size = 0
    private static let limit = 4 << 20

    subscript(id: GitObjectID) -> [UInt8]? {
        get { trees[id] }
        set {
            guard let newValue, newValue.count <= TreeCache.limit / 8, trees[id] == nil else { return }
            if size + newValue.count > TreeCache.limit {
                trees.removeAll(keepingCapacity: true)
                size = 0
            }
            trees[id] = newValue
            size += newValue.count
        }
    }
}
