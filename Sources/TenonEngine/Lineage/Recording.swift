import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon record`: a validation, or how something does in use, bound to its bytes.
    package func record(_ request: RecordRequest, _ reporter: Reporter<RecordRequest>) async throws -> RecordRequest.Reply {
        try await reading(request, reporter) { job in
            try job.tree.register()
            guard request.metrics.values.allSatisfy(\.isFinite), request.metrics.count <= 1000 else {
                throw TenonError(.invalidArgument, "the result can't be recorded", cause: "its metrics must be at most 1000 finite numbers")
            }
            let subject = try job.content(request.subject, isUnchanged: true)
            var record = EvaluationRecord(
                kind: request.kind == .validation ? .validation : .monitoring, subject: subject, metrics: request.metrics,
                user: displayName(request.user.utf8.prefix(200)), host: displayName(request.host.utf8.prefix(200)), time: request.time)
            record.dataset = try request.dataset.map { try job.content(RecordSubject(path: $0), isUnchanged: true) }
            record.report = try request.report.map { path in
                let path = try job.tree.artifactPath(path)
                let compression = job.lenientSettings().compression
                let result = try job.store.ingest(try job.tree.place(path), compression: compression, progress: job.sink)
                return RecordedContent(path: path.bytes, pointer: try Pointer(result.content))
            }
            record.repository = try job.tree.repositoryIdentifier()
            record.commit = try job.tree.headCommit()?.hex
            let stored = StoredRecord(record.statement)
            try job.store.add(records: [stored])
            return RecordRequest.Reply(record: stored.id.description, subject: RunContent(subject))
        }
    }

    /// `tenon records`: what is recorded of some content.
    package func records(_ request: RecordsRequest, _ reporter: Reporter<RecordsRequest>) async throws -> RecordsRequest.Reply {
        try await reading(request, reporter) { job in
            let subject = try job.content(request.subject)
            let ids = try job.store.records(RecordLink(subject.pointer))
            let records = ids.compactMap { id -> RecordSummary? in
                do {
                    return try RecordSummary(try job.store.record(id))
                } catch {
                    reporter.warn("record \(id): \(error)")
                    return nil
                }
            }
            return RecordsRequest.Reply(subject: RunContent(subject), records: records)
        }
    }
}

extension Job {
    /// The content that a request names, with its path.
    ///
    /// - Parameter isUnchanged: throws `artifactState` for what the work tree has now in another state than the one that is stored.
    func content(_ subject: RecordSubject, isUnchanged: Bool = false) throws -> RecordedContent {
        if let text = subject.oid { return try storedContent(text) }
        guard let wire = subject.path else { throw TenonError(.invalidArgument, "nothing is named") }
        let path = try tree.artifactPath(wire)
        let lookup = try Lookup(tree, commit: subject.commit)
        guard let found = lookup.artifact(around: path) else { throw lookup.notFound(path) }
        guard let entry = found.entry else {
            if isUnchanged, subject.commit == nil { try requireUnchanged(path, found.pointer, artifact: found.path) }
            return RecordedContent(path: path.bytes, pointer: found.pointer)
        }
        var file: Pointer?
        try store.entries(of: found.pointer, under: entry) { candidate in
            if candidate.isFile, candidate.path.elementsEqual(entry.bytes) { file = .file(oid: OID(candidate.oid), size: candidate.size) }
        }
        guard let file else { throw TenonError(.notFound, "'\(path)' is not there", cause: "the artifact '\(found.path)' has no such file") }
        if isUnchanged, subject.commit == nil { try requireUnchanged(path, file, artifact: found.path) }
        return RecordedContent(path: path.bytes, pointer: file)
    }

    /// What is not here at all has not changed.
    private func requireUnchanged(_ path: RelativePath, _ stored: Pointer, artifact: RelativePath) throws {
        guard let present = try observe(path), !present.sameContent(as: stored) else { return }
        throw TenonError(
            .artifactState, "the result can't be recorded", cause: "'\(path)' has changed since it was stored", hint: "tenon add \(artifact)")
    }

    private func storedContent(_ text: String) throws -> RecordedContent {
        guard let oid = OID(text: text) else { throw TenonError(.invalidArgument, "'\(displayName(text.utf8))' is no oid") }
        for kind in [ArtifactKind.file, .tree] {
            if let row = try store.snapshots(kind: kind, oid: oid).first {
                return RecordedContent(path: Array(oid.digest.hex.utf8), pointer: row.content)
            }
        }
        throw TenonError(.notFound, "\(oid) is not stored here", hint: "name the artifact by its path")
    }
}

extension RecordSummary {
    /// What a record tells. Throws `corrupt` for one that is not what it says it is.
    init(_ stored: StoredRecord) throws {
        let id = stored.id.description
        if let run = try RunRecord(stored.statement) {
            let summary = RunSummary(stored.id, run)
            self.init(
                record: id, kind: .run, time: run.finished, metrics: run.metrics, user: summary.user, host: summary.host, run: summary)
        } else if let found = try EvaluationRecord(stored.statement) {
            self.init(
                record: id, kind: found.kind == .validation ? .validation : .monitoring, time: found.time, metrics: found.metrics, user: found.user,
                host: found.host, report: found.report.map(RunContent.init), dataset: found.dataset.map(RunContent.init))
        } else if let found = try SignatureRecord(stored.statement) {
            self.init(record: id, kind: .signature, time: found.time, signed: found.signed.description, key: found.signature.key)
        } else {
            let predicate = stored.statement.predicate
            let kind: Kind =
                switch stored.statement.predicateType {
                case RerunVerdict.predicateType: .rerun
                case BindingRecord.predicateType: .binding
                default: .other
                }
            self.init(
                record: id, kind: kind, time: stored.statement.time, user: predicate["user"]?.string,
                host: predicate["host"]?.string)
        }
    }
}
