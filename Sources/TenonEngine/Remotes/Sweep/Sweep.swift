import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote

extension Engine {
    /// `tenon sweep --remote`: condemns what nobody needs on a remote, and removes what an earlier sweep condemned.
    package func sweep(_ request: SweepRequest, _ reporter: Reporter<SweepRequest>) async throws -> SweepRequest.Reply {
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            let configuration = try await self.blocking {
                let tree = try WorkTree(request.workTree, engine: self)
                return try tree.remote(request.remote.name, try tree.settings())
            }
            return try await self.withRemotes([configuration], environment: request.remote.environment, meter: meter) { sessions in
                guard let session = sessions.first else { throw TenonError(.internal, "no remote was opened") }
                let job = SweepJob(engine: self, request: request, session: session, meter: meter)
                return SweepRequest.Reply(remote: try await request.dryRun ? job.plan() : job.run())
            }
        }
    }
}

/// One `sweep --remote`.
struct SweepJob: Sendable {
    let engine: Engine
    let request: SweepRequest
    let session: RemoteSession
    let meter: Meter

    private var remote: Remote { session.view.remote }
    private var jobs: Int { request.remote.jobs > 0 ? min(request.remote.jobs, 64) : 8 }
    private var delivery: Delivery {
        Delivery(engine: engine, session: session, workTree: request.workTree, meter: meter, jobs: jobs)
    }

    /// Says what `run` would do, and writes nothing. This machine's clock stands for the storage's.
    func plan() async throws -> RemoteSweepResult {
        if let known = session.configuration.capabilities { try require(known) }
        meter.begin(.reading)
        let (change, standing, keeper) = try await delivery.planNeed()
        var assumptions = SweepMark.Assumptions()
        switch change {
        case .nothing: break
        case .add(let subjects): assumptions.said = subjects
        case .replace(let subjects): (assumptions.said, assumptions.withdrawn) = (subjects, Set(standing.entries.keys))
        }
        assumptions.forgotten = try await forgotten(keeper.pinned.repository)
        let plan = try await SweepPlan.make(
            session.view, engine: engine, clock: clock(now: Int64(time(nil)) * 1000), assumptions: assumptions, jobs: jobs, meter: meter)
        return result(plan, Repacking.Outcome(done: plan.repacks.repacks), here: keeper.pinned.repository)
    }

    func run() async throws -> RemoteSweepResult {
        try require(try await capabilities())
        meter.begin(.reading)
        // What is needed here counts as it is now, not as it was at the last push.
        let pinned = try await delivery.sayWhatIsNeeded()
        let now = try await remote.storageTime()
        return try await engine.locks.holding("sweep \(session.id)") {
            try await SweepLock.holding(remote, store: engine.store.id, writer: pinned.writer, now: now) { lock in
                try await forget(try await forgotten(pinned.repository), lock)
                let plan = try await SweepPlan.make(
                    session.view, engine: engine, clock: clock(now: now), assumptions: SweepMark.Assumptions(), jobs: jobs, meter: meter)
                let repacked = try await RemoteSweep(engine: engine, view: session.view, lock: lock, meter: meter, jobs: jobs).carryOut(plan)
                return result(plan, repacked, here: pinned.repository)
            }
        }
    }

    private func clock(now: Int64) -> SweepPlan.Clock {
        SweepPlan.Clock(now: now, grace: Int64(min(request.remote.grace, UInt64(Int32.max))) * 1000)
    }

    // MARK: What the storage can do

    /// What was recorded when the remote was added; where nothing was, it is tried and recorded.
    private func capabilities() async throws -> Capabilities {
        if let known = session.configuration.capabilities { return known }
        let found = try await remote.probe()
        try await engine.blocking {
            try WorkTree(request.workTree, engine: engine).setCapabilities(found, of: session.name)
        }
        return found
    }

    private func require(_ found: Capabilities) throws {
        let needs = [
            (found.writes, "it can't be written to from here"), (found.createOnly, "its storage may overwrite an object that is there"),
            (found.compareAndSwap, "its storage has no compare-and-swap"), (found.conditionalDelete, "its storage has no conditional removal"),
        ]
        let missing = needs.filter { !$0.0 }.map(\.1)
        guard !missing.isEmpty else { return }
        throw TenonError(
            .unsupported, "'\(session.name)' is not swept", cause: missing.joined(separator: "; "),
            hint: "where that has changed: tenon remote probe \(session.name); docs/remotes.md says which storages can")
    }

    // MARK: Giving up repositories

    /// The repositories that are to be forgotten, by their full ids.
    private func forgotten(_ here: String) async throws -> Set<String> {
        guard !request.remote.forget.isEmpty else { return [] }
        var known: Set<String> = []
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.allRoots)) {
            if let (repository, _) = RemoteName.roots(entry.name.text) { known.insert(repository) }
        }
        var chosen: Set<String> = []
        for word in request.remote.forget {
            let found = known.filter { $0.hasPrefix(word) }
            guard word.utf8.count >= 4, let id = found.first, found.count == 1 else {
                throw TenonError(
                    found.count > 1 ? .invalidArgument : .notFound, "repository '\(displayName(word.utf8))' can't be forgotten",
                    cause: found.count > 1
                        ? "\(found.count) on '\(session.name)' begin so"
                        : "none on '\(session.name)' has an id that begins so, with at least 4 digits",
                    hint: "tenon sweep --remote --dry-run lists them")
            }
            guard id != here else {
                throw TenonError(
                    .invalidArgument, "repository '\(displayName(word.utf8))' can't be forgotten", cause: "it is the one that you are in",
                    hint: "forget it from another clone")
            }
            chosen.insert(id)
        }
        return chosen
    }

    private func forget(_ repositories: Set<String>, _ lock: SweepLock) async throws {
        for repository in repositories.sorted() {
            for try await entry in remote.objects(try ObjectPrefix(RemoteName.roots(of: repository))) {
                try lock.check()
                _ = try await remote.delete(entry.name, entry.tag)
            }
        }
    }

    // MARK: The answer

    private func result(_ plan: SweepPlan, _ repacked: Repacking.Outcome, here: String) -> RemoteSweepResult {
        let mark = plan.mark
        let freed = RepackCount(repacked.done)
        let repositories = mark.repositories.map { id, said in
            SweptRepository(id: id, writer: said.writer, snapshots: said.subjects.count, time: said.time / 1000, isHere: id == here)
        }
        return RemoteSweepResult(
            name: session.name, repositories: repositories.sorted { ($0.time, $1.id) > ($1.time, $0.id) },
            needed: SweepCount(
                snapshots: mark.live.count, packs: mark.needs.live.count,
                bytes: mark.needs.live.keys.reduce(0) { $0 &+ (mark.packs[$1]?.size ?? 0) } &- freed.freed),
            removed: SweepCount(plan.removed + plan.leftovers), condemned: SweepCount(plan.condemned(after: repacked)),
            waiting: SweepCount(plan.waiting), due: plan.due.map { $0 / 1000 }, pushes: plan.pushes, repacked: freed,
            damaged: plan.repacks.damaged.union(repacked.damaged).sorted().map(\.digest.hex))
    }
}

extension RepackCount {
    init(_ repacks: [Repack]) {
        let bytes = repacks.reduce(0) { $0 + $1.keptLength }
        self.init(packs: repacks.count, bytes: bytes, freed: repacks.reduce(0) { $0 + $1.pack.length } - bytes)
    }
}

extension SweepCount {
    init(_ entries: [CondemnedList.Entry]) {
        self.init()
        for entry in entries {
            switch entry.target {
            case .locator: snapshots += 1
            case .pack:
                packs += 1
                bytes &+= entry.size
            }
        }
    }
}
