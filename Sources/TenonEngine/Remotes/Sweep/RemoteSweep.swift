import TenonCore
import TenonFormat
import TenonRemote

/// Carries a plan out: what is needed of worn packs lies elsewhere first; then what goes is listed as gone, then no index names it any more, then it
/// goes, each object in the state that was condemned.
///
/// Stopped at any point it leaves a remote that gives back no less than before; the next sweep goes on from the lists.
struct RemoteSweep: Sendable {
    let engine: Engine
    let view: RemoteView
    let lock: SweepLock
    let meter: Meter
    /// Requests at the same time.
    let jobs: Int

    private var remote: Remote { view.remote }
    private static let batchCount = 64

    /// Returns what became of the packs that were to be written anew.
    func carryOut(_ plan: SweepPlan) async throws -> Repacking.Outcome {
        let repacked = try await Repacking(engine: engine, view: view, lock: lock, condemned: plan.condemned, meter: meter, jobs: jobs)
            .carryOut(plan.repacks.repacks)
        try await write(plan.condemned(after: repacked), isSwept: false)
        try await write(plan.removed, isSwept: true)
        let wasClean = try await cleanIndexes(of: plan.swept)
        try await remove(plan.removed + plan.leftovers, seenBy: plan.mark)
        for entry in plan.litter { try await remove(entry.name, entry.tag) }
        for list in plan.settled where !list.isSwept || wasClean { try await remove(list.entry.name, list.entry.tag) }
        return repacked
    }

    private func write(_ entries: [CondemnedList.Entry], isSwept: Bool) async throws {
        var rest = entries.sorted { $0.name < $1.name }[...]
        while !rest.isEmpty {
            try lock.check()
            let list = CondemnedList(rest.prefix(CondemnedList.maximumCount))
            rest = rest.dropFirst(CondemnedList.maximumCount)
            _ = try await remote.create(ObjectName(RemoteName.condemned(list.id, isSwept: isSwept)), bytes: list.bytes)
        }
    }

    /// Whether no index named these packs. Those that did have successors that don't.
    private func cleanIndexes(of packs: Set<PackID>) async throws -> Bool {
        guard !packs.isEmpty else { return true }
        view.heed(CondemnedObjects())
        try await view.loadIndexes()
        guard view.packs.contains(where: { packs.contains($0.id) }) else { return true }
        try lock.check()
        try await view.keepPlaces { _, pack, _ in !packs.contains(pack.id) }
        return false
    }

    /// Locators before packs: whoever finds one finds what it names.
    private func remove(_ entries: [CondemnedList.Entry], seenBy mark: SweepMark) async throws {
        let locators = entries.filter { if case .locator = $0.target { true } else { false } }
        let packs = entries.filter { if case .pack = $0.target { true } else { false } }
        for group in [locators, packs] {
            var rest = group[...]
            while !rest.isEmpty {
                try lock.check()
                let outcome = await ConcurrentWork.run(Array(rest.prefix(RemoteSweep.batchCount)), limit: jobs, meter: meter) { entry in
                    guard let tag = ObjectTag(entry.tag) else { return }
                    let name = try ObjectName(entry.name)
                    if case .locator = entry.target {
                        // Written again since the plan was made, it may have the same tag.
                        guard try await remote.head(name)?.modified == mark.modified(entry) else { return }
                    }
                    try await remove(name, tag)
                    if case .pack = entry.target { meter.sink.add(bytes: entry.size) }
                }
                if let failure = outcome.failure { throw failure }
                rest = rest.dropFirst(RemoteSweep.batchCount)
            }
        }
    }

    /// One that is gone, or in another state, is left alone.
    private func remove(_ name: ObjectName, _ tag: ObjectTag) async throws {
        _ = try await remote.delete(name, tag)
    }
}
