import TenonCore
import TenonGit

/// A pointer that a commit binds to an artifact.
struct CommitBinding: Sendable {
    var artifact: RelativePath
    var blob: GitObjectID
    var commit: GitObjectID
}

extension WorkTree {
    /// Calls `body` with what commits bind, or all that can be reached from them: each pointer of an artifact once, with the newest commit that binds
    /// it. Returns how many commits there were.
    func forEachBinding(from commits: [GitObjectID], wholeHistory: Bool, _ body: (CommitBinding) throws -> Void) throws -> Int {
        struct Bound: Hashable {
            var artifact: RelativePath
            var blob: GitObjectID
        }
        var seen: Set<Bound> = []
        var trees: Set<GitObjectID> = []
        var count = 0
        func visit(_ commit: CommitInfo) throws {
            count += 1
            try forEachNewPointer(in: commit, seen: &trees) { artifact, blob in
                guard seen.insert(Bound(artifact: artifact, blob: blob)).inserted else { return }
                try body(CommitBinding(artifact: artifact, blob: blob, commit: commit.id))
            }
        }
        if wholeHistory {
            try forEachCommit(from: commits) { commit in
                try visit(commit)
                return true
            }
        } else {
            for commit in commits { try visit(try self.commit(commit)) }
        }
        return count
    }
}
