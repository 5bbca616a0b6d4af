import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// Before a trial's commands start: its parameters are set, and its inputs lie there.
    package func trialBegin(_ request: TrialBeginRequest, _ reporter: Reporter<TrialBeginRequest>) async throws -> TrialBeginRequest.Reply {
        if let environment = request.environment {
            try await bringMissing(
                environment, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }, warn: { reporter.warn($0) }
            ) { meter in
                let job = Job(engine: self, tree: try WorkTree(request.workTree, engine: self), reporter: reporter, meter: meter)
                let inputs = try TrialInputs(try job.completed(request.scope), try Survey(job.tree), job)
                return (job.tree, inputs.items.map { WantedContent(artifact: $0.path, pointer: $0.pointer) })
            }
        }
        // One at a time: what one trial expands, the next one finds.
        return try await locks.holding("expansions") {
            try await writing(request, reporter) { job in try TrialStart(job: job, request: request).run() }
        }
    }
}

/// Brings what a trial needs into its work tree.
private struct TrialStart {
    let job: Job<TrialBeginRequest>
    let request: TrialBeginRequest

    /// Expansions that nobody has asked for in so many seconds go.
    private static let lifetime = 7 * 86_400

    func run() throws -> TrialBeginRequest.Reply {
        guard job.tree.isTrial else {
            throw TenonError(.invalidArgument, "no trial can run in '\(job.tree.path)'", cause: "it is a work tree of somebody's")
        }
        try job.tree.prepare()
        try job.tree.register()
        try Overrides(files: job.tree.files).apply(request.overrides)
        let directory = TrialInputs.directory(job.tree)
        job.store.removeExpansions(below: directory, unusedFor: TrialStart.lifetime)
        let survey = try Survey(job.tree)
        var bases = survey.bases
        var notes = TrialNotes(inputs: [])
        var reply = TrialBeginRequest.Reply(inputs: [])
        for item in try TrialInputs(try job.completed(request.scope), survey, job).items {
            try job.checkCancellation()
            guard job.store.isStored(item.pointer) else {
                if item.isNamed { throw missing(item) }
                job.reporter.warn("'\(item.path)' is not in the trial: its bytes are not stored here")
                continue
            }
            guard try job.tree.files.kind(of: item.path) == .absent else {
                throw TenonError(.conflict, "the input '\(item.path)' can't be brought", cause: "Git tracks something at its place")
            }
            job.meter.begin(.writing, item.path.description)
            let isThere = job.store.hasExpansion(of: item.pointer, below: directory)
            let expansion = try job.store.expansion(of: item.pointer, below: directory, progress: job.sink)
            let result = try job.store.place(
                item.pointer, from: expansion, at: try job.tree.place(item.path), mayLink: !item.isWritten, mask: job.tree.mask,
                progress: job.sink)
            bases[item.path] = .settled(item.pointer)
            notes.inputs.append(
                TrialNotes.Input(
                    path: WirePath(item.path), pointer: String(decoding: item.pointer.bytes, as: UTF8.self),
                    expansion: result.method == .link ? expansion.identity : nil))
            reply.inputs.append(
                TrialInput(
                    path: WirePath(item.path), pointer: PointerSummary(item.pointer), method: InputMethod(result.method),
                    bytesToWrite: (result.method == .copy ? item.pointer.size : 0) + (isThere ? 0 : item.pointer.size)))
        }
        try job.tree.bases.save(bases)
        try notes.save(job.tree)
        return reply
    }

    private func missing(_ item: TrialInputs.Item) -> TenonError {
        TenonError(
            .missingContent, "the input '\(item.path)' can't be brought", cause: "the store lacks the bytes of \(item.pointer.oid)",
            hint: "tenon fetch, where a remote has it")
    }
}
