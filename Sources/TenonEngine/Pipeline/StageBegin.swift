import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

extension Engine {
    /// The first half of a stage of `tenon repro`: it is up to date, or made so from an earlier run, or ready to be executed.
    package func stageBegin(_ request: StageBeginRequest, _ reporter: Reporter<StageBeginRequest>) async throws -> StageBeginRequest.Reply {
        // Pointers are part of the code: they follow their data before it is recorded.
        _ = try await reading(request, reporter) { job in try job.followedSurvey([]).records.count }
        if let environment = request.transfers, !request.isForced {
            try await bringStageRecords(request, environment, reporter)
            try await bringMissing(
                environment, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }, warn: { reporter.warn($0) }
            ) { meter in
                let job = Job(engine: self, tree: try WorkTree(request.workTree, engine: self), reporter: reporter, meter: meter)
                if try job.tree.remotes().isEmpty { return (job.tree, []) }
                let judgement = try StageStart(job: job, request: request).judgement()
                guard judgement.verdict == .restore, let record = judgement.run?.record else { return (job.tree, []) }
                let kept = Set(record.definition.stage?.kept ?? [])
                return (
                    job.tree,
                    try record.outputs.filter { !kept.contains($0.path) }.map {
                        WantedContent(artifact: try RelativePath(bytes: $0.path), pointer: $0.pointer)
                    }
                )
            }
        }
        return try await writing(request, reporter) { job in
            try job.tree.prepare()
            try job.tree.register()
            return try StageStart(job: job, request: request).begin()
        }
    }
}

extension Engine {
    /// Brings the records of what commits bind at the outputs of a stage that would run: one of them may tell of a run that did the same.
    private func bringStageRecords(
        _ request: StageBeginRequest, _ environment: [String: String], _ reporter: Reporter<StageBeginRequest>
    ) async throws {
        let contents = try await reading(request, reporter) { job -> [Pointer] in
            guard try !job.tree.remotes().isEmpty else { return [] }
            let start = try StageStart(job: job, request: request)
            guard try start.judgement().verdict == .run else { return [] }
            return try start.earlierOutputs()
        }
        guard !contents.isEmpty else { return }
        do {
            try await bringRecords(of: contents, request, environment, reporter, followsInputs: false)
        } catch let error as TenonError where error.code != .cancelled {
            reporter.warn("the remote was not asked for earlier runs: \(error)")
        }
    }
}

/// Brings one stage to where its command can be executed, or spares it that.
struct StageStart {
    let job: Job<StageBeginRequest>
    let request: StageBeginRequest
    private let stage: Stage
    private let survey: Survey
    private let settings: Settings
    private var judge: StageJudge<StageBeginRequest>

    init(job: Job<StageBeginRequest>, request: StageBeginRequest) throws {
        self.job = job
        self.request = request
        let pipeline = try job.pipeline()
        _ = try StageGraph(pipeline)
        guard let stage = pipeline.stages.first(where: { $0.name == request.stage }) else {
            throw TenonError(
                .notFound, "there is no stage \(SettingsError.shown(request.stage)) any more", cause: "'\(pipeline.file)' was changed meanwhile")
        }
        self.stage = stage
        settings = try job.settings()
        survey = try Survey(job.tree)
        judge = try StageJudge(job: job, survey: survey)
    }

    func judgement() throws -> StageJudgement {
        var judge = judge
        return try judge.judge(stage, isForced: request.isForced)
    }

    /// What commits bind at the stage's outputs, or have there, of which no record is here.
    func earlierOutputs() throws -> [Pointer] {
        let outputs = Set(stage.outputs.filter { !$0.isKeptInGit }.map(\.path))
        guard !outputs.isEmpty else {
            return try job.tree.resultsInGit(of: stage, from: job.tree.tips()).filter { result in
                try !job.store.records(RecordLink(result), type: RunRecord.predicateType).contains { id in
                    (try? job.store.run(id))?.definition.stage?.name == stage.name
                }
            }
        }
        var seen: Set<GitObjectID> = []
        var blobs: Set<GitObjectID> = []
        var count = 0
        try job.tree.forEachCommit(from: try job.tree.tips()) { commit in
            try job.tree.forEachNewPointer(in: commit, seen: &seen) { artifact, blob in if outputs.contains(artifact) { blobs.insert(blob) } }
            count += 1
            return count < WorkTree.stageHistoryLimit
        }
        return try blobs.sorted().compactMap { try? job.tree.pointer(in: $0) }.filter { try job.store.records(RecordLink($0)).isEmpty }
    }

    func begin() throws -> StageBeginRequest.Reply {
        var judgement = try judgement()
        var reply = StageBeginRequest.Reply(
            verdict: judgement.verdict, reasons: judgement.reasons, run: judgement.run?.id.description,
            outputs: stage.outputs.map { WirePath($0.path) })
        let outputs = StageOutputs(job: job, stage: stage, survey: survey, compression: settings.compression)
        switch judgement.verdict {
        case .fresh:
            try outputs.track(by: judgement.run?.id)
            return reply
        case .frozen: return reply
        case .restore:
            guard let (id, record) = judgement.run, let record else { break }
            do {
                try outputs.requireUsable()
                reply.restored = try outputs.bring(record)
                try outputs.track(by: id)
                return reply
            } catch let error as TenonError where error.code == .missingContent {
                job.reporter.warn("what the stage '\(stage.name)' made before can't be brought, so it runs: \(error.cause ?? error.message)")
                judge.inputs.forget()
                judgement = try self.judgement()
            }
        case .run, .wait: break
        }
        if let missing = judgement.reasons.first(where: { $0.kind == .inputMissing })?.subject {
            throw TenonError(
                .notFound, "the stage '\(stage.name)' can't run", cause: "what it depends on, '\(missing)', is not there",
                hint: survey.records.contains { WirePath($0.path) == missing } ? "tenon restore \(missing) brings its data" : nil)
        }
        try outputs.requireUsable()
        let inputs = try judgement.inputs.map { try judge.inputs.keep($0, compression: settings.compression) }
        try outputs.clear()
        reply.verdict = .run
        reply.run = nil
        reply.command = stage.commandLine.map { WirePath(bytes: $0) }
        reply.directory = WirePath(bytes: stage.directory?.bytes ?? [])
        if let directory = stage.directory { try job.tree.files.makeDirectory(directory) }
        let definition = try definition(inputs, judgement.parameters)
        reply.draft = String(decoding: CanonicalJSON.encode(definition.json), as: UTF8.self)
        return reply
    }

    private func definition(_ inputs: [RecordedContent], _ parameters: [RunDefinition.Parameter]) throws -> RunDefinition {
        var context = request.workTree
        context.prefix = WirePath(bytes: stage.directory?.bytes ?? [])
        let run = RunBeginRequest(
            workTree: context, name: stage.name, command: stage.commandLine.map { WirePath(bytes: $0) },
            outputs: stage.outputs.map { WirePath($0.path) }, metrics: stage.metrics.map { WirePath($0) }, environment: request.environment)
        var definition = try RunStart(job: job, request: run).definition(inputs, parameters, survey: survey, settings)
        definition.stage = RunStage(
            name: stage.name, key: stage.key(inputs: inputs, parameters: parameters), kept: stage.outputs.filter(\.isKeptInGit).map(\.path.bytes))
        return definition
    }
}
