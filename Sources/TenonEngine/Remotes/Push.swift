import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

extension Engine {
    /// `tenon push`: brings what commits bind to remotes, so that others can fetch it.
    package func push(_ request: PushRequest, _ reporter: Reporter<PushRequest>) async throws -> PushRequest.Reply {
        if request.background == true {
            try await requestPush(request)
            return PushRequest.Reply(remotes: [])
        }
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            let (remotes, bound, commits, repository) = try await self.blocking { try self.plan(request, reporter, meter) }
            let snapshots = try await self.blocking { try WorkTree(request.workTree, engine: self).withLineage(bound) }
            var reply = PushRequest.Reply(remotes: [])
            var faults: [(name: String, error: TenonError)] = []
            for remote in remotes {
                do {
                    reply.remotes += try await self.withRemotes([remote], environment: request.environment, meter: meter) { sessions in
                        var sent: [PushedRemote] = []
                        for session in sessions {
                            let totals = try await self.send(
                                snapshots, of: request.workTree, to: session, meter, jobs: Engine.jobs(request.jobs), isDryRun: request.dryRun)
                            if !request.dryRun { self.noteSent(commits, bound, from: repository, to: session.configuration) }
                            sent.append(
                                PushedRemote(
                                    name: session.name, snapshots: snapshots.count, newSnapshots: totals.snapshots, packs: totals.packs,
                                    bytes: totals.bytes))
                        }
                        return sent
                    }
                } catch let error as TenonError where remotes.count > 1 && error.code != .cancelled {
                    // One that fails takes no other's turn.
                    reporter.warn("not sent to '\(remote.name)': \(error)")
                    faults.append((remote.name, error))
                }
            }
            if let first = faults.first {
                let done = reply.remotes.isEmpty ? "" : "; sent to \(reply.remotes.map { "'\($0.name)'" }.joined(separator: ", "))"
                throw TenonError(
                    first.error.code, "not every remote has the data",
                    cause: "not sent to \(faults.map { "'\($0.name)'" }.joined(separator: ", "))\(done)", hint: first.error.hint)
            }
            return reply
        }
    }

    /// Brings snapshots to a remote, with the records of them, and says there that this clone needs them; with `isDryRun`, counts the snapshots.
    ///
    /// - Parameter readsRefs: whether what the clone's refs need no more is given up there.
    func send(
        _ snapshots: [Pointer], of workTree: WorkTreeContext, to session: RemoteSession, _ meter: Meter, jobs: Int, readsRefs: Bool = true,
        isDryRun: Bool = false
    ) async throws -> Upload.Totals {
        let delivery = Delivery(engine: self, session: session, workTree: workTree, meter: meter, jobs: jobs)
        return try await isDryRun ? delivery.plan(snapshots) : delivery.send(snapshots, readsRefs: readsRefs)
    }

    private func plan(
        _ request: PushRequest, _ reporter: Reporter<PushRequest>, _ meter: Meter
    ) throws -> (remotes: [RemoteConfiguration], snapshots: [Pointer], commits: [GitObjectID], repository: String) {
        let tree = try WorkTree(request.workTree, engine: self)
        let settings = try tree.settings()
        let remotes: [RemoteConfiguration]
        if request.allRemotes {
            remotes = try tree.remotes().map { try tree.remote($0.name, settings) }
            if remotes.isEmpty { _ = try tree.remote(nil, settings) }
        } else {
            remotes = try request.remotes.isEmpty ? [tree.remote(nil, settings)] : request.remotes.map { try tree.remote($0, settings) }
        }
        let starts: [GitObjectID]
        if request.all {
            starts = try tree.tips()
        } else if request.commits.isEmpty {
            starts = try [tree.headCommit()].compactMap(\.self)
        } else {
            starts = try request.commits.map(tree.commitIdentifier)
        }
        meter.begin(.reading)
        let snapshots = try tree.snapshots(boundFrom: starts, meter.sink.check) { reporter.warn($0) }
        return (remotes, snapshots, starts, tree.commonDirectory)
    }
}

extension WorkTree {
    /// Each content that a commit binds which can be reached from `starts`, once, the newest first. Pointers that can't be read are warned of.
    func snapshots(boundFrom starts: [GitObjectID], _ check: () throws -> Void, warn: (String) -> Void) throws -> [Pointer] {
        var trees: Set<GitObjectID> = []
        var blobs: Set<GitObjectID> = []
        var subjects: Set<Locator.Subject> = []
        var snapshots: [Pointer] = []
        try forEachCommit(from: starts) { commit in
            try check()
            try forEachNewPointer(in: commit, seen: &trees) { path, blob in
                guard blobs.insert(blob).inserted else { return }
                do {
                    let pointer = try self.pointer(in: blob)
                    if subjects.insert(Locator.Subject(pointer)).inserted { snapshots.append(pointer) }
                } catch let error as TenonError where error.code == .corrupt || error.code == .unsupportedVersion {
                    warn("\(commit.id.hex.prefix(12)): '\(path).tenon': \(error)")
                }
            }
            return true
        }
        return snapshots
    }
}
