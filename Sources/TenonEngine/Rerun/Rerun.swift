import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// Before the command of `tenon rerun` starts: code and inputs as the record has them.
    package func rerunBegin(_ request: RerunBeginRequest, _ reporter: Reporter<RerunBeginRequest>) async throws -> RerunBeginRequest.Reply {
        try await bringMissing(request, reporter)
        return try await reading(request, reporter) { job in
            let (id, record) = try job.run(request.run, request.subject)
            let place = try RerunPlace(request.directory)
            try place.write(record.definition, job)
            let environment = try? WireCoding.decode(RunEnvironment.self, from: CanonicalJSON.encode(record.definition.environment))
            return RerunBeginRequest.Reply(run: RunSummary(id, record), environment: environment)
        }
    }

    /// After it has ended: what it made against what was recorded.
    package func rerunFinish(_ request: RerunFinishRequest, _ reporter: Reporter<RerunFinishRequest>) async throws -> RerunFinishRequest.Reply {
        try await reading(request, reporter) { job in
            guard request.tolerance.isFinite, request.tolerance >= 0 else {
                throw TenonError(.invalidArgument, "outputs can't be compared", cause: "the tolerance is no number from 0 on")
            }
            let (id, record) = try job.run(request.run, nil)
            let place = try RerunPlace(request.directory)
            let outputs = try record.outputs.map { try RerunComparison(job: job, place: place, tolerance: request.tolerance).compare($0) }
            let order: [RerunVerdict] = [.missing, .different, .close, .identical]
            let verdict = order.first { verdict in outputs.contains { $0.verdict == verdict } } ?? .identical
            let statement = Statement(
                subjects: record.outputs.map { ResourceDescriptor($0) }, predicateType: RerunVerdict.predicateType,
                predicate: .object([
                    "run": .string(id.description), "verdict": .string(verdict.rawValue), "tolerance": .number(request.tolerance),
                    "user": .string(displayName(request.user.utf8.prefix(200))), "host": .string(displayName(request.host.utf8.prefix(200))),
                    "recordedOn": .string(RecordTime.text(request.time)),
                    "outputs": .array(
                        outputs.map { output in
                            .members([
                                "name": .string(output.path.description), "verdict": .string(output.verdict.rawValue),
                                "found": output.found.map { .string($0.oid) },
                            ])
                        }),
                ]))
            let stored = StoredRecord(statement)
            try job.store.add(records: [stored])
            return RerunFinishRequest.Reply(record: stored.id.description, verdict: verdict, outputs: outputs)
        }
    }
}

extension RerunVerdict {
    static let predicateType = "urn:tenon:rerun:1"
}

extension Job {
    /// The run that a request names, or the one that made the content that it names.
    fileprivate func run(_ text: String?, _ subject: RecordSubject?) throws -> (RunID, RunRecord) {
        if let found = try namedRun(text) { return found }
        guard let subject else {
            throw TenonError(.notFound, "'\(displayName((text ?? "").utf8))' is no run that is recorded here", hint: "tenon fetch brings records")
        }
        let content = try content(subject)
        if let found = try runThatMade(content.pointer) { return found }
        throw TenonError(
            .notFound, "'\(displayName(content.path))' can't be made again", cause: "no run is recorded that made it",
            hint: "tenon fetch brings records")
    }

    fileprivate func namedRun(_ text: String?) throws -> (RunID, RunRecord)? {
        guard let text, let id = RunID(text: text), store.hasRecord(id) else { return nil }
        return try store.run(id).map { (id, $0) }
    }

    fileprivate func runThatMade(_ content: Pointer) throws -> (RunID, RunRecord)? {
        let all = try store.records(RecordLink(content), type: RunRecord.predicateType)
        for id in [try tree.runThatMade(content)].compactMap(\.self) + all {
            if let record = try store.run(id) { return (id, record) }
        }
        return nil
    }
}

extension Engine {
    /// Fetches the record of the run if it is not here, then code and inputs. What can't be had is left to `rerunBegin` to report.
    private func bringMissing(_ request: RerunBeginRequest, _ reporter: Reporter<RerunBeginRequest>) async throws {
        guard let environment = request.environment else { return }
        let unrecorded = try await reading(request, reporter) { job -> Pointer? in
            guard try job.namedRun(request.run) == nil, let subject = request.subject, let content = try? job.content(subject) else { return nil }
            return try job.runThatMade(content.pointer) == nil ? content.pointer : nil
        }
        if let unrecorded { try await bringRecords(of: [unrecorded], request, environment, reporter) }
        try await bringMissing(
            environment, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }, warn: { reporter.warn($0) }
        ) { meter in
            let job = Job(engine: self, tree: try WorkTree(request.workTree, engine: self), reporter: reporter, meter: meter)
            let (_, record) = try job.run(request.run, request.subject)
            let code = try record.definition.code.workTree.map { WantedContent(artifact: try RelativePath("code"), pointer: $0) }
            let inputs = try record.definition.inputs.map { WantedContent(artifact: try RelativePath(bytes: $0.path), pointer: $0.pointer) }
            return (job.tree, (code.map { [$0] } ?? []) + inputs)
        }
    }

    /// Brings the records of these contents from the remotes that there are.
    ///
    /// - Parameter followsInputs: also those of what they read, and so on.
    func bringRecords<R: WorkTreeRequest>(
        of contents: [Pointer], _ request: R, _ environment: [String: String], _ reporter: Reporter<R>, followsInputs: Bool = true
    ) async throws {
        let remotes = try await blocking { () -> [RemoteConfiguration] in
            let tree = try WorkTree(request.workTree, engine: self)
            return try tree.usableDefaultRemote() == nil ? [] : self.remotes(for: nil, tree, tree.settings())
        }
        let meter = Meter()
        try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            let faults = try await self.withEachRemote(remotes, environment: environment, meter: meter) { session in
                let transfer = RecordTransfer(engine: self, view: session.view, meter: meter, jobs: Engine.jobs(0))
                for problem in try await transfer.bring(of: contents, followsInputs: followsInputs) { reporter.warn("\(problem)") }
            }
            for fault in faults { reporter.warn("a remote was not asked for records: \(fault)") }
        }
    }
}

/// The directory in which a run is executed again.
struct RerunPlace {
    let path: String
    private let parent: String
    private let name: RelativePath

    init(_ directory: WirePath) throws {
        guard let path = String(validating: directory.bytes, as: UTF8.self), path.hasPrefix("/"), let slash = path.lastIndex(of: "/"),
            slash > path.startIndex, let name = try? RelativePath(String(path[path.index(after: slash)...]))
        else { throw TenonError(.invalidArgument, "'\(directory)' can't be written to", cause: "it is not an absolute path below another directory") }
        self.path = path
        self.name = name
        parent = String(path[..<slash])
    }

    /// Where an input or output lies in it.
    func place(_ path: RelativePath) -> ArtifactPlace { ArtifactPlace(workTreeRoot: self.path, workTreeID: "elsewhere", path: path) }

    /// The code, then the inputs.
    func write<R: WorkTreeRequest>(_ definition: RunDefinition, _ job: Job<R>) throws {
        job.meter.begin(.writing, "code")
        if let workTree = definition.code.workTree {
            try requireStored(workTree, "the code of the run", job)
            let top = ArtifactPlace(workTreeRoot: parent, workTreeID: "elsewhere", path: name)
            _ = try job.store.checkout(workTree, at: top, only: [], discard: true, mask: job.tree.mask, progress: job.sink)
        } else if let commit = definition.code.commit {
            try job.tree.repository.export(try job.tree.commitIdentifier(commit), to: Array(path.utf8))
        }
        for input in definition.inputs {
            try job.checkCancellation()
            try requireStored(input.pointer, "the input '\(displayName(input.path))'", job)
            job.meter.begin(.writing, displayName(input.path))
            _ = try job.store.checkout(
                input.pointer, at: place(try RelativePath(bytes: input.path)), only: [], discard: true, mask: job.tree.mask, progress: job.sink)
        }
        let files = try WorkTreeFiles(root: Array(path.utf8), mask: job.tree.mask)
        for directory in definition.directories { try files.makeDirectory(try RelativePath(bytes: directory)) }
    }

    private func requireStored<R: WorkTreeRequest>(_ pointer: Pointer, _ what: String, _ job: Job<R>) throws {
        guard !job.store.isStored(pointer) else { return }
        throw TenonError(
            .missingContent, "the run can't be made again", cause: "\(what) (\(pointer.oid)) is not stored",
            hint: "tenon fetch, where a remote has it")
    }
}
