import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// One `fsck --repair`, after the store was checked: the store is healed from the remotes, then each remote from the store.
struct Repair: Sendable {
    let engine: Engine
    let wanted: FsckRepair
    /// Whether remotes are read, not only listed.
    let reads: Bool
    let reporter: Reporter<FsckRequest>
    let meter: Meter

    private var store: Store { engine.store }

    /// What was healed, and how many things were found wrong on remotes.
    func run() async throws -> (FsckRepair.Result, findings: Int) {
        let (remotes, bound) = try await engine.blocking { try gather() }
        var result = FsckRepair.Result(snapshots: 0, remotes: [], remaining: 0)
        var findings = 0
        for remote in remotes {
            let lost = try await engine.blocking { [store] in try store.incompleteSnapshots() }
            if lost.isEmpty { break }
            try await unlessAway(remote) { session in result.snapshots += try await heal(lost, from: session) }
        }
        result.remaining = try await engine.blocking { [store] in
            try store.retireDamagedBlocks()
            return try store.fsck(FsckOptions(), progress: { _ in try meter.sink.check() }, finding: { _ in }).findings
                + store.statistics().damagedBlocks
        }
        for remote in remotes {
            let isThere = try await unlessAway(remote) { session in
                let repair = RemoteRepair(engine: engine, view: session.view, meter: meter, jobs: Engine.jobs(wanted.jobs))
                let outcome = try await Lease.holding(session.view.remote) { lease, condemned in
                    session.view.heed(condemned, under: lease)
                    return try await repair.run(bound, name: session.name, reads: reads) { tell($0) }
                }
                result.remotes.append(outcome.healed)
                result.remaining += outcome.remaining
                findings += outcome.findings
            }
            if !isThere {
                reporter.item(FsckFinding(subject: "remote '\(remote.name)'", detail: "it could not be looked at"))
                findings += 1
                result.remaining += 1
            }
        }
        return (result, findings)
    }

    private func tell(_ event: RemoteRepair.Event) {
        switch event {
        case .finding(let finding): reporter.item(finding)
        case .warning(let text): reporter.warn(text)
        }
    }

    /// The remotes, the default first, and what all commits bind.
    private func gather() throws -> ([RemoteConfiguration], [Pointer]) {
        let tree = try WorkTree(wanted.workTree, engine: engine)
        let settings = try tree.settings()
        let first = try tree.defaultRemote(among: tree.remotes(), settings)?.name
        let remotes = try tree.remotes().sorted { ($0.name == first ? 0 : 1, $0.name) < ($1.name == first ? 0 : 1, $1.name) }
        guard !remotes.isEmpty else { _ = try tree.remote(nil, settings); return ([], []) }
        let usable = remotes.compactMap { remote -> RemoteConfiguration? in
            do {
                return try tree.remote(remote.name, settings)
            } catch {
                reporter.warn("\(error)")
                return nil
            }
        }
        meter.begin(.reading)
        return (usable, try tree.snapshots(boundFrom: tree.tips(), meter.sink.check, warn: { _ in }))
    }

    /// Runs `body` with a remote; one that can't be reached is said, and no hindrance. Returns whether it was there to the end.
    @discardableResult
    private func unlessAway(_ remote: RemoteConfiguration, _ body: (RemoteSession) async throws -> Void) async throws -> Bool {
        do {
            try await engine.withRemotes([remote], environment: wanted.environment, meter: meter) { sessions in
                for session in sessions { try await body(session) }
            }
            return true
        } catch let error as TenonError where ![.cancelled, .noSpace, .internal].contains(error.code) {
            reporter.warn("remote '\(remote.name)' is left out: \(error)\(error.hint.map { "; \($0)" } ?? "")")
            return false
        }
    }

    /// Brings back what a remote has of `lost`; returns how many snapshots are whole again.
    private func heal(_ lost: [Pointer], from session: RemoteSession) async throws -> Int {
        var count = 0
        for pointer in lost {
            do {
                try await Download(engine: engine, view: session.view, meter: meter, jobs: Engine.jobs(wanted.jobs)).heal(pointer)
                count += 1
                reporter.item(FsckFinding(subject: "snapshot \(pointer.oid)", detail: "restored from '\(session.name)'", healed: true))
            } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                reporter.warn("'\(session.name)' can't give back \(pointer.oid): \(error.cause ?? error.message)")
            }
        }
        return count
    }
}
