import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Tells how a stage differs from its last run: why it is not up to date.
struct StageComparison<R: WorkTreeRequest> {
    let job: Job<R>
    let inputs: StageInputs<R>

    /// So many of the latest runs are looked through for one of this repository.
    private static var lookBack: Int { 20 }

    func reasons(_ stage: Stage, _ now: StageJudgement, key: Digest, lacking: [StageReason]) throws -> [StageReason] {
        // The store knows other repositories too, whose stages have the same names.
        var own = try OwnRecords(job.tree)
        let runs = try job.store.stageRuns(name: stage.name, limit: Self.lookBack).filter { try own.contains($0) }.compactMap {
            try? job.store.run($0)
        }
        guard let last = runs.first(where: \.isSuccess) else {
            return runs.first.map { [StageReason(.failed, after: ending($0))] } ?? [StageReason(.new)]
        }
        var reasons: [StageReason] = []
        if let latest = runs.first, !latest.isSuccess, latest.definition.stage?.key == key {
            reasons.append(StageReason(.failed, after: ending(latest)))
        }
        if last.definition.command != stage.commandLine { reasons.append(StageReason(.command)) }
        if last.definition.directory != stage.directory?.bytes ?? [] { reasons.append(StageReason(.directory)) }
        reasons += changes(last.definition.inputs, now.inputs.map(\.content))
        reasons += changes(last.definition.parameters, now.parameters)
        if Set(last.definition.outputs) != Set(stage.outputs.map(\.path.bytes)) { reasons.append(StageReason(.outputs)) }
        if reasons.isEmpty {
            for output in last.outputs {
                guard let path = try? RelativePath(bytes: output.path), let present = try inputs.look(path), !present.sameContent(as: output.pointer)
                else { continue }
                reasons.append(StageReason(.outputChanged, WirePath(path)))
            }
        }
        reasons += lacking
        return reasons.isEmpty ? [StageReason(.new)] : reasons
    }

    private func ending(_ run: RunRecord) -> String {
        switch run.ending {
        case .exited(0): "well, without all of its outputs"
        case .exited(let status): "with exit status \(status)"
        case .killed(let signal): "by signal \(signal)"
        case .notStarted(let why): "before it began: \(why)"
        }
    }

    private func changes(_ old: [RecordedContent], _ new: [RecordedContent]) -> [StageReason] {
        let before = Dictionary(old.map { ($0.path, $0.pointer) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.path, $0.pointer) }) { first, _ in first }
        return Set(before.keys).union(after.keys).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { path in
            let wire = WirePath(bytes: path)
            switch (before[path], after[path]) {
            case (let old?, let new?): return old.sameContent(as: new) ? nil : StageReason(.inputChanged, wire)
            case (nil, _?): return StageReason(.inputAdded, wire)
            default: return StageReason(.inputRemoved, wire)
            }
        }
    }

    private func changes(_ old: [RunDefinition.Parameter], _ new: [RunDefinition.Parameter]) -> [StageReason] {
        func table(_ parameters: [RunDefinition.Parameter]) -> [String: (name: String, text: String)] {
            Dictionary(
                parameters.map { ("\($0.file ?? ""):\($0.name)", ($0.name, String(decoding: CanonicalJSON.encode($0.value), as: UTF8.self))) }
            ) { first, _ in first }
        }
        let (before, after) = (table(old), table(new))
        return Set(before.keys).union(after.keys).sorted().compactMap { key in
            guard before[key]?.text != after[key]?.text else { return nil }
            return StageReason(
                .parameter, WirePath(after[key]?.name ?? before[key]?.name ?? key), before: before[key]?.text, after: after[key]?.text)
        }
    }
}
