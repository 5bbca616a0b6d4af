import Glibc
import Synchronization
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// What a remote has, as far as it was asked: snapshots by their locators, objects by its indexes.
///
/// Indexes are kept on disk by their names, so that each is read once.
final class RemoteView: Sendable {
    let remote: Remote
    /// Where its indexes are kept.
    private let cache: IndexCache
    /// Whether objects can be removed, as far as that is known.
    private let mayRemove: Bool

    private struct State {
        /// Snapshots whose locators were seen.
        var present: Set<Locator.Subject> = []
        /// Snapshots that were looked for in vain.
        var absent: Set<Locator.Subject> = []
        var indexes: [RemoteIndex] = []
        var areIndexesLoaded = false
        /// What is taken for absent.
        var condemned = CondemnedObjects()
        /// Under which snapshots and packs are written down.
        var lease: Lease?
    }

    private let state = Mutex(State())

    /// So many snapshots are asked for one by one; for more, all names are listed.
    private static let singleQuestions = 32
    /// So many indexes under a mebibyte are worth putting together.
    private static let worthwhileCount = 32
    private static let smallIndex: UInt64 = 1 << 20
    /// What an index counts at least, in bytes: a listing without end ends.
    private static let leastIndex: UInt64 = 1 << 10

    /// So many bytes of indexes are held at most.
    private let indexLimit: UInt64

    init(_ remote: Remote, cache: IndexCache, mayRemove: Bool = true, indexLimit: UInt64 = RemoteView.quarterOfMemory) {
        self.remote = remote
        self.cache = cache
        self.mayRemove = mayRemove
        self.indexLimit = indexLimit
    }

    /// Of this machine, in bytes.
    static let quarterOfMemory = UInt64(max(0, sysconf(CInt(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(CInt(_SC_PAGESIZE)))) / 4

    /// Takes what is condemned for absent from now on, and writes under a lease. What was seen before is forgotten.
    func heed(_ condemned: CondemnedObjects, under lease: Lease? = nil) {
        state.withLock { $0 = State(condemned: condemned, lease: lease) }
    }

    var condemned: CondemnedObjects { state.withLock { $0.condemned } }

    /// Throws `busy` if what was seen can't be relied on any more.
    func checkLease() throws { try state.withLock { $0.lease }?.check() }

    // MARK: Snapshots

    /// Those of `subjects` that the remote has.
    func present(_ subjects: Set<Locator.Subject>) async throws -> Set<Locator.Subject> {
        let unknown = state.withLock { subjects.subtracting($0.present).subtracting($0.absent) }
        let condemned = condemned
        if unknown.count > RemoteView.singleQuestions {
            var found: Set<Locator.Subject> = []
            for try await entry in remote.objects(try ObjectPrefix(RemoteName.locators)) {
                if let subject = RemoteName.subject(entry.name.text), !condemned.contains(subject, entry) { found.insert(subject) }
            }
            note(present: found, absent: unknown.subtracting(found))
        } else {
            let answers = try await ConcurrentWork.answers(Array(unknown)) { [remote] subject in
                let entry = try await remote.head(ObjectName(RemoteName.locator(subject)))
                return (subject: subject, isThere: entry.map { !condemned.contains(subject, $0) } ?? false)
            }
            note(present: Set(answers.filter(\.isThere).map(\.subject)), absent: Set(answers.filter { !$0.isThere }.map(\.subject)))
        }
        return state.withLock { subjects.intersection($0.present) }
    }

    /// Writes down which snapshots were seen, for those who ask while the remote is not to be asked.
    func remember() {
        let (present, absent) = state.withLock { ($0.present, $0.absent) }
        cache.known.update(present: present, absent: absent)
    }

    private func note(present: Set<Locator.Subject>, absent: Set<Locator.Subject>) {
        state.withLock { state in
            state.present.formUnion(present)
            state.absent.formUnion(absent)
            state.absent.subtract(present)
        }
    }

    /// The locator of a snapshot; `nil` if the remote has none. Throws `corrupt` if it is of another snapshot, or damaged.
    func locator(_ subject: Locator.Subject) async throws -> Locator? {
        let name = try ObjectName(RemoteName.locator(subject))
        guard let (bytes, _) = try await remote.contents(of: name, limit: Locator.maximumLength) else { return nil }
        let locator = try Locator(parsing: bytes)
        guard locator.subject == subject else {
            throw TenonError(.corrupt, "a locator on '\(remote.location)' is damaged", cause: "'\(name)' is of another snapshot")
        }
        note(present: [subject], absent: [])
        return locator
    }

    /// Says that the snapshot is there. Everything that the locator names must be. A condemned one makes way.
    func write(_ locator: Locator) async throws {
        try checkLease()
        let isNew = try await create(locator)
        do {
            try checkLease()
        } catch {
            // A sweep may have looked before it was there, and pass over whoever wrote it.
            if isNew { try await takeBack(locator) }
            throw error
        }
        note(present: [locator.subject], absent: [])
    }

    /// So often a locator is tried that others write and remove at the same time.
    private static let attempts = 5

    /// `false`: there is one that stays.
    private func create(_ locator: Locator) async throws -> Bool {
        let name = try ObjectName(RemoteName.locator(locator.subject))
        let condemned = condemned
        for _ in 0..<RemoteView.attempts {
            if try await remote.create(name, bytes: locator.bytes) == .created { return true }
            guard let entry = try await remote.head(name) else { continue }
            guard condemned.contains(locator.subject, entry) else { return false }
            _ = try await remote.delete(name, entry.tag)
        }
        throw TenonError(
            .busy, "'\(name)' can't be written to '\(remote.location)'", cause: "it comes and goes", hint: "try again in a moment")
    }

    private func takeBack(_ locator: Locator) async throws {
        let name = try ObjectName(RemoteName.locator(locator.subject))
        guard let (bytes, entry) = try await remote.contents(of: name, limit: Locator.maximumLength), bytes == locator.bytes else { return }
        _ = try await remote.delete(name, entry.tag)
    }

    // MARK: Objects

    /// Reads the indexes that are not known yet. Throws `corrupt` if one is damaged.
    func loadIndexes() async throws {
        if let damaged = try await loadGoodIndexes().first { throw damaged }
    }

    /// The same, but passes over indexes that are damaged, and returns why. One that is gone was put together with others: then the names are listed again.
    func loadGoodIndexes() async throws -> [TenonError] {
        if state.withLock({ $0.areIndexesLoaded }) { return [] }
        for _ in 0..<3 {
            guard let found = try await cache.indexes(try await listIndexes(), of: remote) else { continue }
            take(found.good)
            return found.damaged
        }
        throw TenonError(
            .remote, "the indexes of '\(remote.location)' can't be read", cause: "they disappear while they are read", hint: "try again in a moment")
    }

    /// The indexes that are listed, and how long each is. Throws `remote` if together they are longer than what this machine is to hold.
    func listIndexes() async throws -> [(id: Digest, size: UInt64)] {
        var listed: [(id: Digest, size: UInt64)] = []
        var sum: UInt64 = 0
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.indexes)) {
            guard let id = RemoteName.indexID(entry.name.text) else { continue }
            let size = max(entry.size, RemoteView.leastIndex)
            guard size <= indexLimit - sum else {
                throw TenonError(
                    .remote, "the indexes of '\(remote.location)' are too long for this machine",
                    cause: "they are held in memory, 41 bytes for each chunk, and may take a quarter of it: \(indexLimit >> 20) MiB",
                    hint: "use a machine with more memory, or keep the data on several remotes")
            }
            sum += size
            listed.append((id, entry.size))
        }
        return listed
    }

    /// Lists the indexes anew and reads those that came since. `false`: there are none.
    func reloadIndexes() async throws -> Bool {
        let known = state.withLock { state in
            state.areIndexesLoaded = false
            return Set(state.indexes.map(\.id))
        }
        _ = try await loadGoodIndexes()
        return !state.withLock { Set($0.indexes.map(\.id)) }.isSubset(of: known)
    }

    /// How many blocks these packs have, as far as the indexes say.
    func blockCounts(of packs: Set<PackID>) -> [PackID: Int] {
        var counts: [PackID: Int] = [:]
        for index in state.withLock({ $0.indexes }) where index.packs.contains(where: { packs.contains($0.id) }) {
            index.forEach { _, place in
                let id = index.packs[place.pack].id
                if packs.contains(id) { counts[id] = max(counts[id] ?? 0, place.block + 1) }
            }
        }
        return counts
    }

    /// An index that is on this machine's disk already.
    func keptIndex(_ id: Digest) -> RemoteIndex? { cache.kept(id) }

    /// One of the indexes that were loaded or written.
    func index(_ id: Digest) -> RemoteIndex? {
        state.withLock { $0.indexes }.first { $0.id == id }
    }

    /// Takes these indexes for all that there are.
    func take(_ indexes: [RemoteIndex]) {
        state.withLock { state in
            state.indexes = indexes
            state.areIndexesLoaded = true
        }
    }

    /// Where an object lies: a pack, and the block in it.
    typealias Place = (pack: RemoteIndex.Pack, block: Int)

    /// Where an object lies on the remote, by the indexes that were loaded or written.
    func place(of key: ObjectKey) -> Place? {
        places(of: key).first
    }

    /// One place of an object for each index that has it.
    func places(of key: ObjectKey) -> [Place] {
        let (indexes, condemned) = state.withLock { ($0.indexes, $0.condemned.packs) }
        return indexes.compactMap { index in
            index.place(of: key, besides: condemned).map { (index.packs[$0.pack], $0.block) }
        }
    }

    /// Every pack that the indexes name and that is not condemned, once.
    var packs: Set<RemoteIndex.Pack> {
        state.withLock { state in Set(state.indexes.flatMap(\.packs).filter { !state.condemned.packs.contains($0.id) }) }
    }

    /// Lists packs that have been sent. From then on others find what lies in them.
    func write(_ index: RemoteIndex) async throws {
        try checkLease()
        _ = try await remote.create(ObjectName(RemoteName.index(index.id)), bytes: index.bytes)
        try await onFileThread { [cache] in cache.keep(index) }
        state.withLock { $0.indexes.append(index) }
    }

    /// Puts small indexes together when many have gathered: the new one first, then the old ones go. Others may do the same at the same time.
    func mergeSmallIndexes() async throws {
        guard mayRemove else { return }
        var small: [RemoteIndex] = []
        var objectCount = 0
        for index in state.withLock({ $0.indexes }) where UInt64(index.bytes.count) < RemoteView.smallIndex {
            guard objectCount + index.objectCount <= RemoteIndex.maximumObjectCount else { break }
            small.append(index)
            objectCount += index.objectCount
        }
        guard small.count >= RemoteView.worthwhileCount else { return }
        let merged = try await onFileThread { [small] in RemoteIndex(merging: small) }
        try await write(merged)
        do {
            for index in small where index.id != merged.id { try await remove(index) }
        } catch let error as TenonError where error.code == .unsupported || error.code == .permission {
            // Both are there, and say the same.
        }
    }

    /// Leaves places of objects out of the indexes that name them: of each such index a new one comes first, then the old one goes.
    func keepPlaces(where isKept: @escaping @Sendable (ObjectKey, RemoteIndex.Pack, Int) -> Bool) async throws {
        for index in state.withLock({ $0.indexes }) {
            let rest = try await onFileThread { RemoteIndex(merging: [index], keeping: isKept) }
            guard rest.objectCount < index.objectCount else { continue }
            if rest.objectCount > 0 { try await write(rest) }
            try await remove(index)
        }
    }

    private func remove(_ index: RemoteIndex) async throws {
        let id = index.id
        let name = try ObjectName(RemoteName.index(id))
        if let entry = try await remote.head(name) { _ = try await remote.delete(name, entry.tag) }
        state.withLock { state in state.indexes.removeAll { $0.id == id } }
    }
}
