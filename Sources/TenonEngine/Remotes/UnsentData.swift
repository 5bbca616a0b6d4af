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
        try look(from: head, in: tree, present, after: earlier.flatMap { $0.stamp == stamp ? $0 : nil }, &entry)
        unsentMemo[key] = entry
        return entry.unsent
    }

    /// A push has sent all that these commits and those before them bind.
    func noteSent(_ commits: [GitObjectID], _ snapshots: [Pointer], from repository: String, to remote: RemoteConfiguration) {
        guard let id = remote.id, let head = commits.first else { return }
        let key = UnsentMemo.Key(repository: repository, remote: id)
        // It counts only as long as what is known of the remote, which is read again, has all of it.
        var entry = unsentMemo[key] ?? UnsentMemo.Entry(stamp: KnownSnapshots.Stamp(), head: head, unsent: UnsentData())
        if entry.settled.count + commits.count > UnsentMemo.maximumSettled { entry.settled = [] }
        entry.settled.formUnion(commits.prefix(UnsentMemo.maximumSettled))
        entry.present.formUnion(snapshots.map(Locator.Subject.init))
        unsentMemo[key] = entry
    }

    /// - Parameter earlier: what was found for another HEAD, while as much was known of the remote.
    private func look(
        from head: GitObjectID, in tree: WorkTree, _ present: Set<Locator.Subject>, after earlier: UnsentMemo.Entry?, _ entry: inout UnsentMemo.Entry
    ) throws {
        if entry.settled.contains(head) { return }
        var seen: [Locator.Subject: Bool] = [:]
        var isSettled = true
        let tip = try tree.commit(head)
        var commits = [head]
        var news: [Pointer] = []
        // The next commit needs neither a process of Git's nor a walk.
        if let earlier, tip.parents == [earlier.head] {
            entry.unsent = earlier.unsent
            for pointer in earlier.unsent.snapshots { seen[Locator.Subject(pointer)] = true }
            isSettled = entry.settled.contains(earlier.head)
        } else if tip.parents.isEmpty || !tip.parents.allSatisfy(entry.settled.contains) {
            commits = try tree.repository.newCommits(from: [head], known: Array(entry.settled), limit: UnsentData.maximumCommits)
        }
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
                if isNews { news.append(pointer) }
                if isPresent { entry.present.insert(subject) } else { isSettled = false }
                isUnsent = isUnsent || isNews
            }
            if isUnsent { entry.unsent.commits += 1 }
        }
        entry.unsent.snapshots = news + entry.unsent.snapshots
        guard isSettled else { return }
        if entry.settled.count >= UnsentMemo.maximumSettled { entry.settled = [] }
        entry.settled.insert(head)
    }
}
