import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// What was found out about a stage.
struct StageJudgement {
    var verdict: StageVerdict
    var reasons: [StageReason] = []
    var inputs: [StageInput] = []
    var parameters: [RunDefinition.Parameter] = []
    /// The run that made what lies there, or whose outputs are to be brought.
    var run: (id: RunID, record: RunRecord?)?
}

/// Says of stages whether they are up to date: some recorded run did what they do, and what it made lies there.
struct StageJudge<R: WorkTreeRequest> {
    let job: Job<R>
    let inputs: StageInputs<R>
    private let values: StageValues
    /// Of outputs that will be brought, what they will be; of those that a command will make, nothing is known.
    private var expected: [RelativePath: Pointer?] = [:]
    private var makers: [RelativePath: String] = [:]

    init(job: Job<R>, survey: Survey) throws {
        self.job = job
        inputs = StageInputs(job: job, survey: survey)
        values = StageValues(files: job.tree.files)
    }

    /// Judges a stage, and remembers what that means for those behind it.
    mutating func judge(_ stage: Stage, isForced: Bool) throws -> StageJudgement {
        let judgement: StageJudgement
        do {
            judgement = try verdict(stage, isForced: isForced)
        } catch let error as TenonError where error.code != .cancelled {
            throw TenonError(
                error.code, "the stage '\(stage.name)' can't be looked at", cause: error.message + (error.cause.map { ": \($0)" } ?? ""),
                hint: error.hint)
        }
        switch judgement.verdict {
        case .fresh, .frozen: break
        case .restore:
            let made = Dictionary((judgement.run?.record?.outputs ?? []).map { ($0.path, $0.pointer) }) { first, _ in first }
            for output in stage.outputs {
                expected[output.path] = .some(made[output.path.bytes])
                makers[output.path] = stage.name
            }
        case .run, .wait:
            for output in stage.outputs {
                expected[output.path] = .some(nil)
                makers[output.path] = stage.name
            }
        }
        return judgement
    }

    private func verdict(_ stage: Stage, isForced: Bool) throws -> StageJudgement {
        let lacking = try stage.outputs.filter { try inputs.look($0.path) == nil }.map { StageReason(.outputMissing, WirePath($0.path)) }
        if stage.isFrozen, !isForced { return StageJudgement(verdict: .frozen, reasons: lacking) }
        var own: [StageReason] = []
        if isForced { own.append(StageReason(.forced)) }
        if stage.isAlways { own.append(StageReason(.always)) }
        let waiting = waitsFor(stage)
        if !waiting.isEmpty {
            return StageJudgement(verdict: own.isEmpty ? .wait : .run, reasons: own + waiting.map { StageReason(.upstream, WirePath($0)) })
        }
        var judgement = StageJudgement(verdict: .run, reasons: own)
        var seen: Set<StageInput> = []
        for path in stage.dependencies {
            if case .some(.some(let pointer)) = expected[path] {
                let input = StageInput(path: path, pointer: pointer)
                if seen.insert(input).inserted { judgement.inputs.append(input) }
                continue
            }
            let found = try inputs.contents(of: path)
            if found.isEmpty { judgement.reasons.append(StageReason(.inputMissing, WirePath(path))) }
            judgement.inputs += found.filter { seen.insert($0).inserted }
        }
        judgement.parameters = try values.read(stage.parameters)
        if !own.isEmpty || judgement.reasons.contains(where: { $0.kind == .inputMissing }) { return judgement }
        let key = stage.key(inputs: judgement.inputs.map(\.content), parameters: judgement.parameters)
        if lacking.isEmpty {
            let present = try stage.outputs.compactMap { output in
                try inputs.look(output.path).map { RecordedContent(path: output.path.bytes, pointer: $0) }
            }
            if let run = try job.store.stageRuns(key: key, made: RunStage.digest(of: present), limit: 1).first {
                judgement.verdict = .fresh
                judgement.run = (run, nil)
                return judgement
            }
        }
        judgement.reasons = try StageComparison(job: job, inputs: inputs).reasons(stage, judgement, key: key, lacking: lacking)
        if let run = try restorable(stage, key: key) {
            judgement.verdict = .restore
            judgement.run = run
        }
        return judgement
    }

    /// Names of stages that make what this one reads, in a way that nobody knows yet.
    private func waitsFor(_ stage: Stage) -> [String] {
        var names: [String] = []
        for path in stage.dependencies + stage.parameters.map(\.file) {
            for (output, pointer) in expected where path.isWithin(output) || output.isWithin(path) {
                if output == path, pointer != nil, stage.dependencies.contains(path) { continue }
                if let name = makers[output], !names.contains(name) { names.append(name) }
            }
        }
        return names.sorted()
    }

    /// The latest run with this key whose outputs can be had: best from the store, else from a remote.
    private func restorable(_ stage: Stage, key: Digest) throws -> (id: RunID, record: RunRecord?)? {
        var distant: (id: RunID, record: RunRecord?)?
        for id in try job.store.stageRuns(key: key, limit: 20) {
            guard let record = try? job.store.run(id) else { continue }
            let missing = record.outputs.filter { !job.store.isStored($0.pointer) && record.contents[$0.path] == nil }
            if missing.isEmpty { return (id, record) }
            // What Git keeps is on no remote of ours.
            let kept = Set(record.definition.stage?.kept ?? [])
            if try distant == nil && !job.tree.remotes().isEmpty, !missing.contains(where: { kept.contains($0.path) }) { distant = (id, record) }
        }
        return distant
    }
}
