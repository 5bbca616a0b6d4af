import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

extension Engine {
    /// `tenon restore`: brings data to what pointers say.
    package func restore(_ request: RestoreRequest, _ reporter: Reporter<RestoreRequest>) async throws -> RestoreRequest.Reply {
        try await bringMissing(request, reporter)
        return try await writing(request, reporter) { job in
            if let destination = request.destination {
                return try Export(job: job, request: request, destination: destination).run()
            }
            var verb = try Restore(job: job, request: request)
            switch request.mode {
            case .reconcile: try verb.reconcile(bringingMissing: false)
            case .checkout: try verb.reconcile(bringingMissing: true)
            case .overwrite: try verb.overwrite()
            case .merge: try verb.merge()
            }
            return verb.reply
        }
    }
}

/// One `restore` into the work tree.
private struct Restore {
    let job: Job<RestoreRequest>
    let request: RestoreRequest
    let selection: [RelativePath]
    var survey: Survey
    var bases: BaseTable
    var reply = RestoreRequest.Reply(restored: [], failed: [])

    private var mover: Mover { Mover(tree: job.tree, store: job.store, sink: job.sink) }

    init(job: Job<RestoreRequest>, request: RestoreRequest) throws {
        self.job = job
        self.request = request
        selection = try job.tree.selection(request.paths)
        survey = try Survey(job.tree, paths: selection)
        bases = survey.bases
        try job.tree.register()
    }

    /// The table of states, applied: what Git moved is moved; what the person changed is left alone. Git may hold its index, so this writes it only
    /// where a commit of some paths has left it behind and Git is done with it.
    mutating func reconcile(bringingMissing: Bool) throws {
        if try !bringingMissing && job.tree.isRebasePassing() { return }
        try PartialCommit(tree: job.tree).finish()
        var steps: [(record: ArtifactRecord, data: Pointer?, standing: Standing)] = []
        for record in survey.records {
            let data = record.needsData || record.isConflictMoved ? try job.observe(record.path) : nil
            steps.append((record, data, record.standing(data: data)))
        }
        // Most often nothing is to be done.
        if bringingMissing || steps.contains(where: { $0.standing.step != .leave }) { try job.tree.prepare() }
        // What goes makes room for what comes: an artifact may have become several below it, or the other way round.
        for (record, data, standing) in steps where standing.step == .drop || standing.step == .saveAndDrop {
            try attempt(record.path) { verb in
                if try verb.job.tree.isTrackedByGit(record.path) {
                    verb.job.reporter.warn("'\(record.path)' is Git's now: its data is left as it is")
                    try verb.settle(record.path, on: nil)
                } else {
                    verb.reply.restored.append(try verb.mover.drop(record, data: data, discard: verb.request.discard, bases: &verb.bases))
                }
            }
        }
        let isPartial = try job.tree.isPartial()
        ignore(steps.filter { ($0.standing.step == .bring || $0.standing.step == .saveAndBring) && !isPartial }.map(\.record))
        for (record, data, standing) in steps {
            switch standing.step {
            case .bring where isPartial && record.isLeftOut, .saveAndBring where isPartial && record.isLeftOut: break
            case .forget: try settle(record.path, on: nil)
            case .settle:
                if let pointer = record.pointerFile.pointer { try settle(record.path, on: pointer) }
            case .bring, .saveAndBring:
                if let pointer = record.pointerFile.pointer { try bring(record, from: data, to: pointer) }
            case .leave where bringingMissing && standing.state == .missing:
                if let pointer = record.pointerFile.pointer { try bring(record, from: nil, to: pointer) }
            case .leave:
                if case .damaged(let error) = record.pointerFile { reply.failed.append(FailedArtifact(path: WirePath(record.path), error: error)) }
            case .take, .drop, .saveAndDrop: break
            }
        }
    }

    /// What was asked for by name, modified or not.
    mutating func overwrite() throws {
        try job.tree.prepare()
        let source = try Source(tree: job.tree, commit: request.source, side: request.side)
        let plan = try RestorePlan(selection, source: source, survey: survey)
        ignore(plan.artifacts.map { survey[$0] ?? ArtifactRecord(path: $0) })
        for artifact in plan.artifacts {
            try attempt(artifact) { verb in
                let record = verb.survey[artifact] ?? ArtifactRecord(path: artifact)
                if let side = verb.request.side, let entries = plan.entries[artifact], record.isConflicted {
                    return try verb.settle(record) { try $0.choose(side == .ours ? .ours : .theirs, for: entries) }
                }
                let data = try verb.job.observe(artifact)
                let target = try source.pointer(for: record, state: record.standing(data: data).state)
                if plan.whole.contains(artifact) {
                    if verb.request.side != nil { try verb.job.tree.saveChoices(nil, of: artifact) }
                    try verb.bring(record, from: data, to: target, givingUp: verb.unnamed(record, by: target, source))
                    verb.stageIfHead(record, target, source)
                    if verb.request.side != nil, record.isConflicted {
                        verb.job.reporter.warn("'\(artifact)' is in conflict until it is added: once it is as it should be, 'tenon add \(artifact)'")
                    }
                } else {
                    let entries = plan.entries[artifact] ?? []
                    try source.require(entries, of: artifact, in: target, verb.job.store) { try verb.lies($0) }
                    verb.begin(artifact)
                    verb.reply.restored.append(
                        try verb.mover.bring(record, from: data, entries: entries, of: target, discard: verb.request.discard))
                }
            }
        }
    }

    private func lies(_ path: RelativePath) throws -> Bool {
        switch try job.tree.files.kind(of: path) {
        case .absent, .blocked: false
        default: true
        }
    }

    /// Directories in conflict: what merges by itself, ours where nothing does.
    mutating func merge() throws {
        try job.tree.prepare()
        let records = survey.records.filter(\.isConflicted)
        for path in selection where !records.contains(where: { $0.path.isWithin(path) }) {
            throw TenonError(.notFound, "'\(path)' can't be merged", cause: "it is no artifact in conflict", hint: "tenon status lists what is")
        }
        for record in records {
            try attempt(record.path) { verb in try verb.settle(record) { $0.forgetChoices() } }
        }
    }

    /// Changes the choices in a conflict, and brings the data to what they make; with the last one the conflict is over.
    ///
    /// Choices are written first, so that a move that was cut short is finished by the same command.
    private mutating func settle(_ record: ArtifactRecord, _ change: (inout ArtifactConflict) throws -> Void) throws {
        var conflict = try ArtifactConflict(record, tree: job.tree, store: job.store)
        let earlier = conflict.choices
        try change(&conflict)
        if conflict.isSettled { try job.tree.requireFreeIndex() }
        let target = try conflict.target(job.sink)
        let data = try job.observe(record.path)
        if request.mode != .merge, let agreed = record.base?.pointer, let data, !data.sameContent(as: agreed), !data.sameContent(as: target) {
            throw TenonError(
                .artifactState, "'\(record.path)' can't be settled entry by entry", cause: "its data was changed by hand since",
                hint: "'tenon add \(record.path)' takes what lies there; 'tenon restore --merge \(record.path)' begins anew and saves it first")
        }
        if conflict.choices != earlier { try job.tree.saveChoices(conflict.choices, of: record.path) }
        begin(record.path)
        var restored = try mover.bring(record, from: data, to: target, discard: request.discard, bases: &bases)
        if conflict.isSettled {
            try job.tree.stage([(try record.path.pointerPath, target.bytes)])
            try job.tree.saveChoices(nil, of: record.path)
        }
        restored.conflict = conflict.summary
        reply.restored.append(restored)
    }

    /// Has Git ignore the data of artifacts that were not here before.
    private func ignore(_ records: [ArtifactRecord]) {
        do {
            try job.tree.excludeUnignored(records.filter { $0.base == nil }.map(\.path))
        } catch {
            job.reporter.warn("Git may not ignore data that comes now: \(error)")
        }
    }

    private mutating func bring(_ record: ArtifactRecord, from data: Pointer?, to target: Pointer, givingUp unnamed: [Pointer] = []) throws {
        try attempt(record.path) { verb in
            verb.begin(record.path)
            verb.reply.restored.append(
                try verb.mover.bring(
                    record, from: data, to: target, discard: verb.request.discard, givingUp: unnamed, bases: &verb.bases))
        }
    }

    /// What only the pointer file, or the index, names, where `target` comes in its place.
    private func unnamed(_ record: ArtifactRecord, by target: Pointer, _ source: Source) -> [Pointer] {
        let staged = stagesHead(record, source) == nil ? nil : record.staged.flatMap { try? job.tree.pointer(in: $0) }
        return [record.pointerFile.pointer, staged].compactMap(\.self)
    }

    private func begin(_ path: RelativePath) {
        job.meter.begin(.writing, path.description)
    }

    /// "As in HEAD" goes for the index too: else a pointer that was staged before would be in the next commit, without its data here.
    private func stageIfHead(_ record: ArtifactRecord, _ target: Pointer, _ source: Source) {
        guard let head = stagesHead(record, source), bases[record.path]?.pointer == target else { return }
        do {
            guard try job.tree.pointer(in: head) == target else { return }
            try job.tree.stage([(try record.path.pointerPath, target.bytes)])
        } catch {
            job.reporter.warn("the pointer of '\(record.path)' was not staged: \(error)")
        }
    }

    /// HEAD's pointer, where restoring `record` puts it into the index in another one's place.
    private func stagesHead(_ record: ArtifactRecord, _ source: Source) -> GitObjectID? {
        guard source.takesHead, let head = source.bound[record.path], !record.isConflicted, record.staged != head.blob else { return nil }
        return head.blob
    }

    private mutating func settle(_ path: RelativePath, on pointer: Pointer?) throws {
        try job.tree.settle(path, on: pointer, in: &bases)
        try job.tree.bases.save(bases)
    }

    /// Does `body`; what can't be done for one artifact does not stop the others. Cancellation and a defect do.
    private mutating func attempt(_ path: RelativePath, _ body: (inout Restore) throws -> Void) throws {
        try job.checkCancellation()
        do {
            try body(&self)
        } catch let error as TenonError {
            if error.code == .cancelled || error.code == .noSpace { throw error }
            reply.failed.append(FailedArtifact(path: WirePath(path), error: error))
        }
    }
}
