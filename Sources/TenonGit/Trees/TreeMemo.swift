import Synchronization

/// Remembers trees that hold no pointer, at any depth, so that later walks pass over them.
///
/// A tree's id stands for its content, so one memo serves any number of repositories, for as long as the process lives.
package final class TreeMemo: Sendable {
    private let trees = Mutex<Set<GitObjectID>>([])

    /// What is remembered at most (about 15 MB); then it starts anew.
    private static let limit = 250_000

    package init() {}

    func isWithoutPointers(_ tree: GitObjectID) -> Bool {
        trees.withLock { $0.contains(tree) }
    }

    func noteWithoutPointers(_ tree: GitObjectID) {
        trees.withLock { trees in
            if trees.count >= TreeMemo.limit { trees.removeAll() }
            trees.insert(tree)
        }
    }
}
