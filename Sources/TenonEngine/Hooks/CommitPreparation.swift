import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

/// One `pre-commit`: the snapshot of what changed, then the rules.
struct CommitPreparation {
    let job: Job<PrepareCommitRequest>
    let request: PrepareCommitRequest
    private let settings: Settings
    private let partial: PartialCommit
    private var reply = PrepareCommitRequest.Reply(taken: [], leftOut: [], refusals: [], mustRepeat: false)

    init(job: Job<PrepareCommitRequest>, request: PrepareCommitRequest) throws {
        self.job = job
        self.request = request
        settings = try job.settings()
        partial = PartialCommit(tree: job.tree)
    }

    /// An artifact that is not as the index has it, though neither Git nor a checkout moved it.
    private struct Change {
        var record: ArtifactRecord
        var data: Pointer
    }

    /// Does it; the second of the results is what the store and Git alone can say against the commit.
    mutating func run() throws -> (PrepareCommitRequest.Reply, [Refusal]) {
        // What the commit before left undone, if nobody came after it.
        try partial.finish()
        try partial.forgetOthers()
        let survey = try Survey(job.tree)
        // A repository that holds no artifact pays for no more than this look.
        let before = try job.tree.repository.indexChanges(against: try job.tree.headTree())
        let changes = try self.changes(survey)
        let chosen = changes.isEmpty ? [] : try choose(changes, before)
        if !chosen.isEmpty { try take(chosen) }
        let after = reply.taken.isEmpty ? before : try job.tree.repository.indexChanges(against: try job.tree.headTree())
        reply.mustRepeat = before.isEmpty && !after.isEmpty && !request.allowsEmpty
        return (reply, try CommitRules(job: job, settings: settings, survey: survey, changes: after).refusals())
    }

    /// What the data says other than the index, artifact by artifact: where the pointer has not followed yet, and where it has.
    private func changes(_ survey: Survey) throws -> [Change] {
        try survey.records.compactMap { record in
            guard let staged = record.staged, record.isNamed, record.needsData, record.isPointerUnmoved else { return nil }
            guard let data = try job.observe(record.path) else { return nil }
            return (try? job.tree.pointer(in: staged))?.sameContent(as: data) == true ? nil : Change(record: record, data: data)
        }
    }

    /// Those that this commit takes along.
    private mutating func choose(_ changes: [Change], _ staged: [TreeChange]) throws -> [Change] {
        let operation = try job.tree.repository.operationsInProgress().first { $0 != .bisect }
        if request.taking == .none || operation != nil {
            reply.leftOut = changes.map { WirePath($0.record.path) }
            return []
        }
        var chosen = changes
        if request.taking == .named {
            // What Git was told by name shows in its index, where the pointer had changed already; the rest the client found out.
            let named = Set(staged.compactMap(\.artifactPath)).union(try request.paths.map(job.tree.artifactPath))
            chosen = changes.filter { named.contains($0.record.path) }
        }
        switch settings.policy.onModified {
        case .snapshot: return chosen
        case .warn:
            for change in chosen { job.reporter.warn("'\(change.record.path)' changed and is not in this commit (policy.on-modified: warn)") }
        case .block:
            for change in chosen {
                reply.refusals.append(
                    TenonError(
                        .artifactState, "'\(change.record.path)' changed since it was added", cause: "policy.on-modified is 'block'",
                        hint: "tenon add \(change.record.path)"))
            }
        }
        return []
    }

    /// Stores their data and stages their pointers.
    private mutating func take(_ changes: [Change]) throws {
        var selection: [RelativePath] = []
        for change in changes {
            if let file = try job.store.fileBeingWritten(try job.tree.place(change.record.path), progress: job.sink) {
                job.reporter.warn("'\(change.record.path)' is being written to and is not in this commit: '\(displayName(file))' is open for writing")
            } else {
                selection.append(change.record.path)
            }
        }
        guard !selection.isEmpty else { return }
        try job.tree.prepare()
        try job.tree.register()
        var addition = try Addition(job: job, stages: true, isDryRun: false, compression: settings.compression)
        try addition.update(selection, leavesUnsteady: true)
        reply.taken = addition.reply.artifacts
        try partial.remember(changes.map(\.record))
    }
}
