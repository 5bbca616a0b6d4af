import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// After the command of `tenon run` has ended: the run is recorded, its outputs are stored and tracked.
    package func runFinish(_ request: RunFinishRequest, _ reporter: Reporter<RunFinishRequest>) async throws -> RunFinishRequest.Reply {
        try await writing(request, reporter) { job in
            var end = try RunEnd(job: job, request: request)
            return try end.finish()
        }
    }
}

/// Records one run: bytes first, then the record, then the pointers that name it.
struct RunEnd {
    let job: Job<RunFinishRequest>
    let request: RunFinishRequest
    private var definition: RunDefinition
    private let settings: Settings
    private let contents: RunContents<RunFinishRequest>
    private var reply = RunFinishRequest.Reply(run: "")

    init(job: Job<RunFinishRequest>, request: RunFinishRequest) throws {
        self.job = job
        self.request = request
        let draft = Array(request.draft.utf8)
        guard draft.count <= Statement.maximumLength else {
            throw TenonError(
                .invalidArgument, "the run can't be recorded", cause: "what was known of it has more than \(Statement.maximumLength) bytes")
        }
        definition = try RunDefinition(json: JSONReader.parse(draft))
        for output in request.outputs ?? [] where !definition.outputs.contains(output.bytes) { definition.outputs.append(output.bytes) }
        for file in request.metrics ?? [] where !definition.metrics.contains(file.bytes) { definition.metrics.append(file.bytes) }
        settings = job.lenientSettings()
        contents = RunContents(job: job, survey: try Survey(job.tree), compression: settings.compression)
    }

    mutating func finish() throws -> RunFinishRequest.Reply {
        let ending = try self.ending()
        let keepsOutputs = ending == .exited(0) || request.keepsOutputs
        if let trace = request.trace { attempt { try $0.take(trace) } }
        var outputs: [(place: RunContents<RunFinishRequest>.Place, content: RecordedContent)] = []
        if keepsOutputs {
            for path in definition.outputs {
                attempt { end in
                    for place in try end.places(ofOutput: path) where !outputs.contains(where: { $0.place == place }) {
                        outputs.append((place, RecordedContent(path: place.path.bytes, pointer: try end.contents.keep(place))))
                    }
                }
            }
        }
        var metrics: [String: Double] = [:]
        var log: Pointer?
        if let path = request.log {
            attempt { end in
                let reading = try MetricsLogReading(path)
                guard !reading.isEmpty else { return }
                metrics = reading.last
                end.reply.problems += reading.problems
                log = try Pointer(try end.job.store.ingest(reading.place, compression: end.settings.compression, progress: end.job.sink).content)
            }
        }
        var metricFiles: [RecordedContent] = []
        for path in keepsOutputs ? definition.metrics : [] {
            attempt { end in
                let path = try RelativePath(bytes: path)
                let found = try RunParameters(files: end.job.tree.files).allMetrics(at: path)
                guard let pointer = try end.job.observe(path) else { return }
                metrics.merge(found.values) { _, later in later }
                metricFiles.append(RecordedContent(path: path.bytes, pointer: pointer))
                // A training that diverged is a result as well.
                for name in found.notFinite.prefix(5) {
                    end.job.reporter.warn("the metric '\(displayName(name.utf8.prefix(200)))' is not recorded: in '\(path)' it is no finite number")
                }
            }
        }
        let changed = try changedInputs(outputs.map(\.content))
        var run = RunRecord(
            definition: definition, outputs: outputs.map(\.content), metricFiles: metricFiles, metrics: metrics, changedInputs: changed,
            ending: ending, started: request.started, finished: max(request.started, request.finished), release: APIVersion.release)
        run.log = log
        run.contents = try smallContents(outputs.map(\.content))
        let record = StoredRecord(run.statement)
        try job.store.add(records: [record])
        reply.run = record.id.description
        reply.metrics = metrics
        reply.outputs = outputs.map { RunContent(path: WirePath(bytes: $0.content.path), pointer: PointerSummary($0.content.pointer)) }
        reply.changedInputs = changed.map { WirePath(bytes: $0) }
        let kept = Set(definition.stage?.kept ?? [])
        for output in outputs where output.place.owner == .git && !kept.contains(output.content.path) {
            let other = definition.stage == nil ? "" : ", or say 'cache: false' of the output"
            job.reporter.warn("'\(output.place.path)' is tracked by Git and stays so: 'tenon add --adopt' makes it an artifact\(other)")
        }
        let artifacts = outputs.filter { $0.place.owner != .git && !kept.contains($0.content.path) }
        if !artifacts.isEmpty { attempt { try $0.track(artifacts.map(\.content), by: record.id) } }
        return reply
    }

    /// The bytes of what a stage made that Git keeps, where they are few: a run that did the same brings them back where only the record is.
    private func smallContents(_ outputs: [RecordedContent]) throws -> [[UInt8]: [UInt8]] {
        let kept = Set(definition.stage?.kept ?? [])
        var room = 1 << 20
        var result: [[UInt8]: [UInt8]] = [:]
        for output in outputs where kept.contains(output.path) && output.pointer.kind == .file && output.pointer.size <= 64 << 10 {
            guard room >= Int(output.pointer.size),
                let bytes = try job.tree.files.read(try RelativePath(bytes: output.path), limit: 64 << 10),
                OID(SHA256Hasher.hash(bytes)) == output.pointer.oid
            else { continue }
            room -= bytes.count
            result[output.path] = bytes
        }
        return result
    }

    private func ending() throws -> RunRecord.Ending {
        switch (request.status, request.signal, request.reason) {
        case (let status?, nil, nil): return .exited(status)
        case (nil, let signal?, nil): return .killed(signal)
        case (nil, nil, let reason?): return .notStarted(displayName(reason.utf8.prefix(1000)))
        default: throw TenonError(.invalidArgument, "the run can't be recorded", cause: "it is not said how the command ended")
        }
    }

    /// Does `body`; what goes wrong with one output is told, and the rest is recorded.
    private mutating func attempt(_ body: (inout RunEnd) throws -> Void) {
        do {
            try body(&self)
        } catch let error as TenonError {
            reply.problems.append(error)
        } catch {
            reply.problems.append(TenonError(.internal, "part of the run is not recorded", cause: "\(error)"))
        }
    }

    private func places(ofOutput bytes: [UInt8]) throws -> [RunContents<RunFinishRequest>.Place] {
        let path = try RelativePath(bytes: bytes)
        if definition.stage != nil { return [try place(ofStageOutput: path)] }
        // What is made inside an artifact is that artifact's new state.
        if let artifact = contents.survey.artifact(around: path), artifact.path != path {
            guard try job.tree.files.kind(of: path) != .absent else { throw missing(path) }
            return [RunContents.Place(path: artifact.path, owner: .artifact)]
        }
        let found = try contents.find(path)
        guard !found.isEmpty else { throw missing(path) }
        for place in found where place.owner != .git {
            guard let file = try job.store.fileBeingWritten(try job.tree.place(place.path), progress: job.sink) else { continue }
            throw TenonError(
                .changedWhileReading, "the output '\(place.path)' is not recorded", cause: "'\(displayName(file))' is open for writing still",
                hint: "let the command wait for what it starts in the background")
        }
        return found
    }

    /// Of a stage an output is exactly what lies at its path.
    private func place(ofStageOutput path: RelativePath) throws -> RunContents<RunFinishRequest>.Place {
        guard try job.tree.files.kind(of: path) != .absent else { throw missing(path) }
        if let file = try job.store.fileBeingWritten(try job.tree.place(path), progress: job.sink) {
            throw TenonError(
                .changedWhileReading, "the output '\(path)' is not recorded", cause: "'\(displayName(file))' is open for writing still",
                hint: "let the command wait for what it starts in the background")
        }
        if contents.survey[path]?.isNamed == true { return RunContents.Place(path: path, owner: .artifact) }
        return RunContents.Place(path: path, owner: try job.tree.isTrackedByGit(path) ? .git : .nobody)
    }

    /// Adds to inputs and outputs what the command was seen to use.
    private mutating func take(_ trace: RunTrace) throws {
        let reading = try TraceReading(job: job, survey: contents.survey, definition: definition, trace: trace)
        reply.trace = reading.result
        reply.problems += reading.problems
        for input in reading.inputs { definition.inputs.append(RecordedContent(path: input.path.bytes, pointer: try contents.keep(input))) }
        definition.outputs += reading.outputs.map(\.bytes)
    }

    private func missing(_ path: RelativePath) -> TenonError {
        TenonError(.notFound, "the output '\(path)' is not recorded", cause: "the command has not made it")
    }

    /// Inputs whose content is not what the command found, unless they are outputs: then that was meant.
    private func changedInputs(_ outputs: [RecordedContent]) throws -> [[UInt8]] {
        let made = Set(outputs.map(\.path))
        let stageInputs = definition.stage.map { _ in StageInputs(job: job, survey: contents.survey) }
        return try definition.inputs.filter { input in
            guard !made.contains(input.path), let path = try? RelativePath(bytes: input.path) else { return false }
            if let stageInputs {
                return try stageInputs.contents(of: path).first { $0.path == path }?.pointer.sameContent(as: input.pointer) != true
            }
            return try job.observe(path)?.sameContent(as: input.pointer) != true
        }.map(\.path)
    }

    /// Writes and stages the pointers of outputs; bytes that are new name the record that first made them in this repository.
    private mutating func track(_ outputs: [RecordedContent], by run: RunID) throws {
        try job.tree.prepare()
        try job.tree.register()
        var addition = try Addition(job: job, stages: true, isDryRun: false, compression: settings.compression)
        for output in outputs {
            addition.runs[try RelativePath(bytes: output.path)] = try job.tree.runThatMade(output.pointer) ?? run
        }
        defer { reply.artifacts = addition.reply.artifacts }
        try addition.add(outputs.map { try RelativePath(bytes: $0.path) })
    }
}
