import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// After a trial's commands have ended: whether they left alone what they share with others, and what came of them.
    package func trialFinish(_ request: TrialFinishRequest, _ reporter: Reporter<TrialFinishRequest>) async throws -> TrialFinishRequest.Reply {
        try await locks.holding("expansions") {
            try await reading(request, reporter) { job in try TrialEnd(job: job, request: request).run() }
        }
    }
}

/// Looks at what a trial has left.
private struct TrialEnd {
    let job: Job<TrialFinishRequest>
    let request: TrialFinishRequest

    func run() throws -> TrialFinishRequest.Reply {
        let notes = try TrialNotes.load(job.tree)?.inputs ?? []
        let inputs = try notes.map { (path: try RelativePath(bytes: $0.path.bytes), pointer: try Pointer(parsing: Array($0.pointer.utf8)), note: $0) }
        var reply = TrialFinishRequest.Reply()
        let directory = TrialInputs.directory(job.tree)
        for (path, pointer, note) in inputs {
            guard let identity = note.expansion, !job.store.isExpansionIntact(of: pointer, below: directory, identity: identity) else { continue }
            reply.spoiled.append(WirePath(path))
            // Never again: whoever comes next gets one that is written anew. If that is there already, it is left alone.
            try job.store.removeExpansion(of: pointer, below: directory, identity: identity)
        }
        if !reply.spoiled.isEmpty { return reply }
        reply.inputs = inputs.map { RunContent(path: WirePath($0.path), pointer: PointerSummary($0.pointer)) }
        let survey = try job.followedSurvey([])
        let made = try job.declaredOutputs(request.scope)
        let before = try job.tree.headCommit().map { try job.tree.pointers(in: $0) } ?? [:]
        for record in survey.records where record.isNamed {
            guard case .present(let pointer) = record.pointerFile else { continue }
            if let bound = before[record.path], (try? job.tree.pointer(in: bound.blob))?.sameContent(as: pointer) == true,
                !made.contains(record.path)
            {
                continue
            }
            reply.outputs.append(RunContent(path: WirePath(record.path), pointer: PointerSummary(pointer)))
        }
        try readValues(&reply)
        reply.leftOut = try job.filesTooLarge(job.lenientSettings().policy)
        return reply
    }

    /// Of the files that are there now; what runs have recorded comes first, since it holds values that no file has.
    private func readValues(_ reply: inout TrialFinishRequest.Reply) throws {
        var parameters: [String: RunValue] = [:]
        for id in request.runs.prefix(1000) {
            guard let id = RunID(text: id), job.store.hasRecord(id), let record = try job.store.run(id) else { continue }
            let summary = RunSummary(id, record)
            for value in summary.parameters { parameters["\(value.file ?? ""):\(value.name)"] = value }
            reply.metrics.merge(summary.metrics) { _, later in later }
        }
        let values = RunParameters(files: job.tree.files)
        let (declared, metrics) = try job.declaredValues(request.scope)
        for parameter in declared + request.parameters {
            do {
                for found in try values.read([parameter]) {
                    let text = String(decoding: CanonicalJSON.encode(found.value), as: UTF8.self)
                    parameters["\(found.file ?? ""):\(found.name)"] = RunValue(name: found.name, value: text, file: found.file)
                }
            } catch let error as TenonError {
                reply.problems.append(error)
            }
        }
        for file in metrics + request.metrics {
            do {
                let path = try RelativePath(bytes: file.bytes)
                guard try job.tree.files.kind(of: path) == .file else { continue }
                reply.metrics.merge(try values.metrics(at: path)) { _, later in later }
            } catch let error as TenonError {
                reply.problems.append(error)
            }
        }
        reply.parameters = parameters.sorted { $0.key < $1.key }.map(\.value)
    }
}
