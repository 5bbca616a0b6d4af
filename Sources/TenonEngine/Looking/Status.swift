import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `tenon status`: how every artifact stands, after pointers have followed their data. Else changes nothing but bases that data and pointer
    /// prove already.
    package func status(_ request: StatusRequest, _ reporter: Reporter<StatusRequest>) async throws -> StatusRequest.Reply {
        if request.wait == true { try await waitUntilStored(request, reporter) }
        return try await reading(request, reporter) { job in
            let selection = try job.tree.selection(request.paths)
            let survey = try job.followedSurvey(selection)
            var reply = StatusRequest.Reply(artifacts: [], largeFiles: [], watch: .watched)
            var settled: [RelativePath: (base: Base?, pointer: Pointer?)] = [:]
            for record in survey.records {
                let (status, standing) = try self.status(of: record, job)
                if let status { reply.artifacts.append(status) }
                switch standing?.step {
                case .settle: settled[record.path] = (record.base, record.pointerFile.pointer)
                case .forget: settled[record.path] = (record.base, nil)
                default: break
                }
            }
            try self.settle(settled, request, job)
            for record in survey.records where record.needsData && reply.watch == .watched {
                guard case .scanned(let refusal) = self.store.watching(try job.tree.place(record.path)) else { continue }
                reply.watch = .scan
                reply.watchReason = "'\(record.path)' is walked: \(refusal.reason)"
            }
            let large = try LargeFiles(job.tree, policy: job.lenientSettings().policy)
            reply.largeFiles = large.found
            reply.largeFilesComplete = large.isComplete
            try self.noteUnsent(job, &reply)
            return reply
        }
    }

    /// What the default remote lacks, as far as that is known here.
    private func noteUnsent(_ job: Job<StatusRequest>, _ reply: inout StatusRequest.Reply) throws {
        if pushes.contains(repository: job.tree.commonDirectory) { reply.pushing = true }
        if let remote = try job.tree.usableDefaultRemote() {
            let unsent = try self.unsent(job.tree, to: remote)
            if unsent.commits > 0 {
                reply.unsent = StatusRequest.Unsent(
                    remote: remote.name, commits: unsent.commits, snapshots: unsent.snapshots.count,
                    bytes: unsent.snapshots.reduce(0) { $0 &+ $1.size })
            } else if remote.id != nil {
                return
            }
        } else if let disagreement = try job.tree.disagreementOnDefaultRemote() {
            job.reporter.warn("\(disagreement)" + (disagreement.hint.map { ": \($0)" } ?? ""))
        }
        // A failure is past once its commit is, or its data is there.
        if let failure = PushFailure.load(job.tree), failure.head == (try job.tree.headCommit()?.hex) {
            reply.pushFailure = StatusRequest.PushFailure(time: failure.time, error: failure.error)
        }
    }

    /// One artifact's line; `nil` where nothing is left of it.
    private func status(of record: ArtifactRecord, _ job: Job<StatusRequest>) throws -> (ArtifactStatus?, Standing?) {
        let pointer = record.pointerFile.pointer
        var status = ArtifactStatus(path: WirePath(record.path), state: .damaged, pointer: pointer.map(PointerSummary.init))
        status.stored = pointer.map(store.isStored) ?? true
        status.unstaged = try job.tree.isUnstaged(record)
        if status.unstaged, let staged = record.staged { status.staged = (try? job.tree.pointer(in: staged)).map(PointerSummary.init) }
        if record.isEnclosed { return (nil, record.standing(data: nil)) }
        guard record.needsData else {
            let standing = record.standing(data: nil)
            status.state = standing.state
            if case .damaged(let error) = record.pointerFile { status.detail = error.description }
            if record.isConflicted {
                do {
                    status.conflict = try ArtifactConflict(record, tree: job.tree, store: store).summary
                } catch let error as TenonError where error.code != .cancelled {
                    status.detail = error.code == .artifactState ? error.cause : error.description
                }
            }
            return (status, standing)
        }
        let data: Pointer?
        do {
            data = try job.observe(record.path)
        } catch let error as TenonError where error.code != .cancelled {
            // It differs from what can be read at least in that it can't be.
            status.state = record.base?.isMoving == true ? .moving : .modified
            status.detail = "\(error)"
            return (status, nil)
        }
        let standing = record.standing(data: data)
        status.state = standing.state
        if standing.state == .diverged, try job.tree.isInPart(record) { status.inPart = true }
        if let data, pointer?.sameContent(as: data) != true { status.data = PointerSummary(data) }
        if pointer == nil {
            if standing.step == .forget || standing.step == .leave { return (nil, standing) }
            if try job.tree.isTrackedByGit(record.path) { return (nil, nil) }
            status.detail = "Git has taken its pointer away; 'tenon restore' removes the data, 'tenon untrack \(record.path)' keeps it"
        } else if case .hidden = record.pointerFile {
            status.detail = "its pointer is not in the work tree"
        }
        return (status, standing)
    }

    /// Writes bases that the survey has proved, unless a verb that writes is at work: then it, or the next one, does it.
    private func settle(
        _ settled: [RelativePath: (base: Base?, pointer: Pointer?)], _ request: StatusRequest, _ job: Job<StatusRequest>
    ) throws {
        let lock = WorkTree.lockName(request.workTree)
        guard !settled.isEmpty, locks.tryAcquire(lock) else { return }
        defer { locks.release(lock) }
        var bases = try job.tree.bases.load()
        for (path, proof) in settled where bases[path] == proof.base {
            try job.tree.settle(path, on: proof.pointer, in: &bases)
        }
        try job.tree.bases.save(bases)
    }
}
