import Synchronization
import TenonCore
import TenonFormat
import TenonGit

/// What the commits of a branch bind that is stored here, and that a remote was not seen to have: what a push would send.
struct UnsentData: Equatable, Sendable {
    /// Commits that brought such content.
    var commits = 0
    /// Each content once, the newest first.
    var snapshots: [Pointer] = []

    /// So many commits are looked at, the newest: whoever has more to send does not wait for a count.
    static let maximumCommits = 1000
}

/// What was found out about the commits of each repository, so that a status costs no walk through history. It may be lost.
final class UnsentMemo: Sendable {
    struct Key: Hashable, Sendable {
        /// The common Git directory.
        var repository: String
        /// The remote's own id.
        var remote: String
    }

    struct Entry: Sendable {
        /// Of what the remote was seen to have.
        var stamp: KnownSnapshots.Stamp
        var head: GitObjectID
        var unsent: UnsentData
        /// Commits whose data, with that of all before them, the remote was seen to have; and that data.
        var settled: Set<GitObjectID> = []
        var present: Set<Locator.Subject> = []
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// So many settled commits are kept; then only the last.
    static let maximumSettled = 64

    subscript(key: Key) -> Entry? {
        get { entries.withLock { $0[key] } }
        set { entries.withLock { $0[key] = newValue } }
    }
}

extension Engine {
    /// What HEAD's history binds and `remote` was not seen to have. No network, and no walk through history that was walked before.
    ///
    /// - Parameter isFresh: look again, though neither HEAD nor what is known of the remote has changed.
    func unsent(_ tree: WorkTree, to remote: RemoteConfiguration, isFresh: Bool = false) throws -> UnsentData {
        guard let id = remote.id, let head = try tree.headCommit() else { return UnsentData() }
        let key = UnsentMemo.Key(repository: tree.commonDirectory, remote: id)
        let known = KnownSnapshots(store: store, remoteID: id)
        let stamp = known.stamp()
        let earlier = unsentMemo[key]
        if !isFresh, let earlier, earlier.stamp == stamp, earlier.head == head { return earlier.unsent }
        let present = known.load()
        var entry = UnsentMemo.Entry(stamp: stamp, head: head, unsent: UnsentData())
        if let earlier, earlier.present.isSubset(of: present) {
            entry.settled = earlier.settled
            entry.present = earlier.present
        }
        try look(from: head, in: tree, present, &entry)
        unsentMemo[key] = entry
        return entry.unsent
    }

    private func look(from head: GitObjectID, in tree: WorkTree, _ present: Set<Locator.Subject>, _ entry: inout UnsentMemo.Entry) throws {
        if entry.settled.contains(head) { return }
        var seen: [Locator.Subject: Bool] = [:]
        var isSettled = true
        let tip = try tree.commit(head)
        // One commit after a push needs no process of Git's.
        let isNext = !tip.parents.isEmpty && tip.parents.allSatisfy(entry.settled.contains)
        let commits =
            try isNext ? [head] : tree.repository.newCommits(from: [head], known: Array(entry.settled), limit: UnsentData.maximumCommits)
        for id in commits {
            var isUnsent = false
            for change in try tree.pointerChanges(in: id == head ? tip : tree.commit(id)) {
                guard let blob = change.new, let pointer = try? tree.pointer(in: blob) else { continue }
                let subject = Locator.Subject(pointer)
                if let known = seen[subject] {
                    isUnsent = isUnsent || known
                    continue
                }
                let isPresent = present.contains(subject)
                let isNews = !isPresent && store.isStored(pointer)
                seen[subject] = isNews
                if isNews { entry.unsent.snapshots.append(pointer) }
                if isPresent { entry.present.insert(subject) } else { isSettled = false }
                isUnsent = isUnsent || isNews
            }
            if isUnsent { entry.unsent.commits += 1 }
        }
        guard isSettled else { return }
        if entry.settled.count >= UnsentMemo.maximumSettled { entry.settled = [] }
        entry.settled.insert(head)
    }
}
