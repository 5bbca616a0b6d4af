import TenonCore
import TenonFormat
import TenonRemote

/// What one sweep of a remote will do (docs/decisions/remote-sweep.md): nothing is removed that was not condemned by an earlier one.
struct SweepPlan: Sendable {
    let mark: SweepMark
    /// What nobody needs and no list names yet: it is condemned, and may go the next time.
    let fresh: [CondemnedList.Entry]
    /// What goes now.
    let removed: [CondemnedList.Entry]
    /// What earlier sweeps condemned, and must wait on.
    let waiting: [CondemnedList.Entry]
    /// When the first of these may go, by the storage's clock; `nil` where pushes under way are waited for, or nothing waits.
    let due: Int64?
    /// Pushes that began before something was condemned, or may have.
    let pushes: Int
    /// Lists that are done with, once what goes has gone.
    let settled: [CondemnedObjects.List]
    /// Packs that no index may name.
    let swept: Set<PackID>
    /// What an earlier sweep left when it was stopped.
    let leftovers: [CondemnedList.Entry]
    /// Leases of pushes that have ended without a word.
    let litter: [ObjectEntry]
    /// Packs that go once what is needed of them lies in others.
    let repacks: RepackSearch.Found
    /// What was condemned when this was planned.
    let condemned: CondemnedObjects

    /// A push that has not renewed its lease for so long has ended. In milliseconds.
    static let leaseExpiry: Int64 = 24 * 3600 * 1000
    /// What has gone stays on its list for at least so long, in milliseconds: a request may be late.
    private static let lastingTime: Int64 = 3600 * 1000
    /// Directories tell times of files within a second at random.
    static let tolerance: Int64 = 1000

    struct Clock: Sendable {
        /// Of the storage, in milliseconds since 1970.
        var now: Int64
        /// How long what was condemned must wait, in milliseconds.
        var grace: Int64
    }

    /// Looks at the remote. Leases are read first, then roots: who has finished by then has said what is needed.
    static func make(
        _ view: RemoteView, engine: Engine, clock: Clock, assumptions: SweepMark.Assumptions, jobs: Int, meter: Meter
    ) async throws -> SweepPlan {
        let remote = view.remote
        let condemned = try await CondemnedObjects.read(remote)
        let leases = try await SweepPlan.leases(remote, clock)
        let isOld: @Sendable (Int64) -> Bool = { $0 + clock.grace <= clock.now + SweepPlan.tolerance }
        let dueLists = condemned.lists.filter { list in
            !list.isSwept && isOld(list.entry.modified) && leases.live.allSatisfy { $0.known.contains(list.id) }
        }
        let waitingLists = condemned.lists.filter { list in !list.isSwept && !dueLists.contains { $0.id == list.id } }
        let sweptLists = condemned.lists.filter(\.isSwept)
        let going = CondemnedObjects(dueLists + sweptLists)
        let mark = try await SweepMark.read(remote, assumptions, jobs: jobs, meter: meter) { going.contains($0, $1) }

        var removed: [String: CondemnedList.Entry] = [:]
        for list in dueLists {
            for entry in list.entries where mark.isDead(entry, in: list) { removed[entry.name] = entry }
        }
        let leftovers = sweptLists.flatMap { list in list.entries.filter { mark.isDead($0, in: list) } }.filter { removed[$0.name] == nil }
        let waiting = waitingLists.flatMap { list in list.entries.filter { mark.isUnneeded($0, in: list) } }
        let known = Set(Array(removed.values) + leftovers + waiting)
        let fresh = mark.dead().filter { entry in
            !known.contains(entry) && (clock.grace == 0 || isOld(mark.modified(entry)))
        }
        let sweptPacks = Set(
            (sweptLists.flatMap(\.entries) + removed.values).compactMap { entry -> PackID? in
                guard case .pack(let id) = entry.target, !mark.needs.isLive(id) else { return nil }
                return id
            })
        let outlived = sweptLists.filter { isOld($0.entry.modified) && $0.entry.modified + lastingTime <= clock.now }
        // As with what is condemned: nothing young, nor what somebody has begun to need lately.
        let worn = mark.needs.live.filter { id, _ in
            guard let entry = mark.packs[id], !condemned.packs.contains(id) else { return false }
            return clock.grace == 0 || isOld(entry.modified) && isOld(mark.needs.held[id] ?? .min)
        }
        view.heed(condemned)
        let repacks = try await RepackSearch(engine: engine, view: view, mark: mark, meter: meter, jobs: jobs).run(worn)
        return SweepPlan(
            mark: mark, fresh: fresh, removed: removed.values.sorted { $0.name < $1.name }, waiting: waiting,
            due: waitingLists.filter { !isOld($0.entry.modified) }.map { $0.entry.modified + clock.grace }.min(), pushes: leases.live.count,
            settled: dueLists + (leases.live.isEmpty && leftovers.isEmpty ? outlived : []), swept: sweptPacks, leftovers: leftovers,
            litter: leases.old, repacks: repacks, condemned: condemned)
    }

    /// What is condemned once packs have been written anew: what one of them has become is needed, though a sweep that was stopped had left it unneeded.
    func condemned(after repacked: Repacking.Outcome) -> [CondemnedList.Entry] {
        fresh.filter { entry in
            if case .pack(let id) = entry.target { !repacked.made.contains(id) } else { true }
        } + repacked.done.map(\.state)
    }

    /// What the pushes under way know, and leases that are too old to count.
    private static func leases(_ remote: Remote, _ clock: Clock) async throws -> (live: [RemoteLease], old: [ObjectEntry]) {
        var found: [String: [Int: ObjectEntry]] = [:]
        // Twice: while one is renewed under another name, a single look may miss both.
        for _ in 0..<2 {
            for try await entry in remote.objects(try ObjectPrefix(RemoteName.leases)) {
                guard let (holder, number) = RemoteName.lease(entry.name.text) else { continue }
                found[holder, default: [:]][number] = entry
            }
        }
        var live: [RemoteLease] = []
        var old: [ObjectEntry] = []
        for entries in found.values {
            guard let latest = entries.max(by: { $0.key < $1.key })?.value, latest.modified + leaseExpiry > clock.now else {
                old += entries.values
                continue
            }
            // Gone means ended or renewed; the next sweep will know.
            guard let (bytes, _) = try await remote.contents(of: latest.name, limit: RemoteLease.maximumLength) else {
                live.append(RemoteLease())
                continue
            }
            live.append(try RemoteLease(parsing: bytes))
        }
        return (live, old)
    }
}

extension SweepMark {
    /// Whether the object is there in the state that the list names, and nothing needs it: neither roots nor any locator that stays.
    func isDead(_ entry: CondemnedList.Entry, in list: CondemnedObjects.List) -> Bool {
        switch entry.target {
        case .pack(let id): isUnneeded(entry, in: list) && needs.held[id] == nil
        case .locator: isUnneeded(entry, in: list)
        }
    }

    /// Whether the object is there in the state that the list names, and no roots lead to it.
    func isUnneeded(_ entry: CondemnedList.Entry, in list: CondemnedObjects.List) -> Bool {
        switch entry.target {
        case .pack(let id):
            guard let now = packs[id], !needs.isLive(id) else { return false }
            return now.tag.text == entry.tag && now.size == entry.size
        case .locator(let subject):
            guard let now = locators[subject], !live.contains(subject) else { return false }
            return now.tag.text == entry.tag && now.size == entry.size && CondemnedObjects.isOlder(now, thanListed: list.entry.modified)
        }
    }

    /// Everything that no roots lead to.
    func dead() -> [CondemnedList.Entry] {
        let packs = packs.filter { !needs.isLive($0.key) }.map {
            CondemnedList.Entry(target: .pack($0.key), size: $0.value.size, tag: $0.value.tag.text)
        }
        let locators = locators.filter { !live.contains($0.key) }.map {
            CondemnedList.Entry(target: .locator($0.key), size: $0.value.size, tag: $0.value.tag.text)
        }
        return packs + locators
    }

    func modified(_ entry: CondemnedList.Entry) -> Int64 {
        switch entry.target {
        case .pack(let id): packs[id]?.modified ?? .max
        case .locator(let subject): locators[subject]?.modified ?? .max
        }
    }
}
