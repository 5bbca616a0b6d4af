/// Walks commits from the newest to the oldest by committer time, each once, parents found on the way.
///
/// The order is that of `git rev-list` without options: a commit whose clock was wrong may come after its parent. Cost: one object read and
/// O(log width) per commit.
package struct HistoryWalk {
    private struct Candidate {
        let commit: CommitInfo
        let order: Int

        /// Whether this one is given before `other`: newer, or found earlier at the same second.
        func precedes(_ other: Candidate) -> Bool {
            let (time, otherTime) = (commit.committer.time, other.commit.committer.time)
            return time != otherTime ? time > otherTime : order < other.order
        }
    }

    private let repository: GitRepository
    private let firstParentOnly: Bool
    private let shallow: Set<GitObjectID>
    private var heap: [Candidate] = []
    private var seen: Set<GitObjectID> = []
    private var count = 0

    init(_ repository: GitRepository, from starts: [GitObjectID], firstParentOnly: Bool) throws {
        self.repository = repository
        self.firstParentOnly = firstParentOnly
        shallow = try repository.shallowCommits()
        for start in starts { try add(start) }
    }

    /// The next commit; `nil` at the end. Throws `corrupt` if a commit that another one names is missing or damaged.
    package mutating func next() throws -> CommitInfo? {
        guard let newest = takeFirst() else { return nil }
        if !shallow.contains(newest.id) {
            for parent in firstParentOnly ? Array(newest.parents.prefix(1)) : newest.parents { try add(parent) }
        }
        return newest
    }

    private mutating func add(_ id: GitObjectID) throws {
        guard seen.insert(id).inserted else { return }
        guard let commit = try repository.commitIfPresent(id) else { throw ObjectError.missing(id) }
        heap.append(Candidate(commit: commit, order: count))
        count += 1
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func takeFirst() -> CommitInfo? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.commit }
        heap[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[best]) { best = child }
            if best == parent { break }
            heap.swapAt(parent, best)
            parent = best
        }
        return first.commit
    }
}
