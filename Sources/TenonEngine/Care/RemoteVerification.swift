import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// One `verify --remote`.
struct RemoteVerification: Sendable {
    let engine: Engine
    let request: VerifyRequest
    let proof: RemoteProof
    let reporter: Reporter<VerifyRequest>
    let meter: Meter

    private struct Bound: Sendable {
        var artifact: RelativePath
        var commit: String
        var pointer: Pointer
    }

    private typealias Reply = VerifyRequest.Reply

    func run() async throws -> VerifyRequest.Reply {
        let sample = try proof.readShare.map { try RemoteSample(share: $0, seed: proof.seed) }
        let (configuration, bound, survey) = try await engine.blocking { try gather() }
        return try await engine.withRemotes([configuration], environment: proof.environment, meter: meter) { sessions in
            var reply = survey
            for session in sessions {
                // What is about to be removed is as good as gone.
                session.view.heed(try await CondemnedObjects.read(session.view.remote))
                let check = RemoteCheck(engine: engine, view: session.view, meter: meter, jobs: Engine.jobs(proof.jobs))
                let outcome = try await check.run(bound.map(\.pointer), sample: sample)
                for error in outcome.badIndexes { reporter.item(VerifyFinding(problem: .damaged, detail: error.description)) }
                reply.findings += outcome.badIndexes.count
                reply.findings += try await engine.blocking { try tell(bound, check, outcome) }
                reply.remote = RemoteProof.Result(
                    name: session.name, objects: outcome.needed.count, packs: outcome.packs, readObjects: outcome.readObjects,
                    readBytes: outcome.readBytes, readShare: sample?.share, seed: sample.flatMap { $0.share < 1 ? $0.seed : nil },
                    remedy: try await remedy(bound.map(\.pointer), outcome, session.name))
            }
            return reply
        }
    }

    /// The remote, and what the commits bind; pointers that can't be read are findings.
    private func gather() throws -> (RemoteConfiguration, [Bound], VerifyRequest.Reply) {
        let tree = try WorkTree(request.workTree, engine: engine)
        let configuration = try tree.remote(proof.name, try tree.settings())
        meter.begin(.reading)
        var reply = Reply(commits: 0, artifacts: 0, files: 0, bytes: 0, findings: 0)
        var bound: [Bound] = []
        let commits = try request.all ? tree.tips() : request.commits.map(tree.commitIdentifier)
        reply.commits = try tree.forEachBinding(from: commits, wholeHistory: request.all) { binding in
            try meter.sink.check()
            reply.artifacts += 1
            do {
                let pointer = try tree.pointer(in: binding.blob)
                reply.files += pointer.files ?? 1
                reply.bytes += pointer.size
                bound.append(Bound(artifact: binding.artifact, commit: binding.commit.hex, pointer: pointer))
            } catch let error as TenonError where error.code == .corrupt || error.code == .unsupportedVersion {
                reply.findings += 1
                reporter.item(
                    VerifyFinding(
                        problem: .badPointer, artifact: WirePath(binding.artifact), commit: binding.commit.hex, detail: error.description))
            }
        }
        return (configuration, bound, reply)
    }

    /// Reports what is lost, and returns how many findings that makes.
    private func tell(_ bound: [Bound], _ check: RemoteCheck, _ outcome: RemoteCheck.Outcome) throws -> Int {
        var count = 0
        for item in bound {
            try check.forEachLoss(of: item.pointer, outcome) { entry, loss in
                count += 1
                let others = loss.others == 0 ? "" : loss.others == 1 ? "; and so is 1 other" : "; and so are \(loss.others) others"
                reporter.item(
                    VerifyFinding(
                        problem: loss.fault.problem == .missing ? .missing : .damaged, artifact: WirePath(item.artifact), commit: item.commit,
                        file: entry.map { WirePath(bytes: Array($0.path)) },
                        chunk: loss.object.flatMap { $0.type == .data ? ChunkID($0.id).description : nil }, pack: loss.pack?.digest.hex,
                        detail: loss.fault.detail + others))
            }
        }
        return count
    }

    private func remedy(_ pointers: [Pointer], _ outcome: RemoteCheck.Outcome, _ name: String) async throws -> String? {
        if outcome.lost.isEmpty && outcome.faults.isEmpty && outcome.badIndexes.isEmpty { return nil }
        return try await engine.blocking { [store = engine.store] in
            let unfound = pointers.filter { outcome.faults[Locator.Subject($0)] != nil }
            let isHere = outcome.lost.allSatisfy(store.contains) && unfound.allSatisfy(store.isStored)
            let wasPushed = !outcome.lost.isEmpty || !outcome.badIndexes.isEmpty || outcome.faults.values.contains { $0.problem == .damaged }
            let command = wasPushed ? "tenon fsck --repair" : try pushCommand(name)
            return isHere ? command : "\(command), where the data is stored"
        }
    }

    /// The push that sends what was asked about.
    private func pushCommand(_ name: String) throws -> String {
        let head = try WorkTree(request.workTree, engine: engine).headCommit()?.hex
        let commits = request.all ? ["--all"] : request.commits == [head] ? [] : request.commits.map { String($0.prefix(12)) }
        return (["tenon push \(name)"] + commits).joined(separator: " ")
    }
}
