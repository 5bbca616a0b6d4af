import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

extension Engine {
    /// For `tenon attest` and `tenon verify --attestations`: statements about what commits bind, and the signatures that are stored of them. Nothing is
    /// checked here: that takes the person's own programs and files.
    package func attestations(_ request: AttestationsRequest, _ reporter: Reporter<AttestationsRequest>) async throws -> AttestationsRequest.Reply {
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            let (job, unsigned, remote) = try await self.blocking {
                let job = Job(engine: self, tree: try WorkTree(request.workTree, engine: self), reporter: reporter, meter: meter)
                let (unsigned, remote) = try AttestationSurvey.unsigned(job, request)
                return (UncheckedJob(job), unsigned, remote)
            }
            if let remote, let environment = request.environment {
                try await self.withRemotes([remote], environment: environment) { sessions in
                    for session in sessions {
                        let transfer = RecordTransfer(engine: self, view: session.view, meter: meter)
                        for problem in try await transfer.bring(of: unsigned) { reporter.warn("\(problem)") }
                    }
                }
            }
            return try await self.blocking {
                var survey = AttestationSurvey(job: job.job, request: request)
                return try survey.tell()
            }
        }
    }

    /// Stores signatures of records, as records.
    package func sign(_ request: SignRequest, _ reporter: Reporter<SignRequest>) async throws -> SignRequest.Reply {
        try await reading(request, reporter) { job in
            try job.tree.register()
            let records = try request.signatures.map { made in
                guard let id = RunID(text: made.record), job.store.hasRecord(id) else {
                    throw TenonError(
                        .notFound, "'\(displayName(made.record.utf8.prefix(200)))' can't be signed", cause: "no such record is stored here")
                }
                let signature = try SSHSignature(parsing: made.text)
                guard signature.namespace == AttestationEnvelope.namespace else {
                    throw TenonError(
                        .invalidArgument, "a signature of \(id) is not stored",
                        cause: "it was made for '\(displayName(signature.namespace.utf8.prefix(100)))', not for '\(AttestationEnvelope.namespace)'")
                }
                let signed = try job.store.record(id).statement
                guard signed.predicateType != SignatureRecord.predicateType, !signed.subjects.isEmpty else {
                    throw TenonError(
                        .invalidArgument, "record \(id) can't be signed",
                        cause: signed.subjects.isEmpty ? "it is about no content: its run failed, or made nothing" : "it is a signature itself")
                }
                return StoredRecord(SignatureRecord(of: signed, id: id, signature: signature, time: request.time).statement)
            }
            try job.store.add(records: records)
            return SignRequest.Reply(records: records.map(\.id.description))
        }
    }
}

/// A job on its way from one thread to the next.
private struct UncheckedJob: @unchecked Sendable {
    // Unchecked because the work tree in it is one thread's at a time: each use runs to its end before the next begins.
    let job: Job<AttestationsRequest>

    init(_ job: Job<AttestationsRequest>) {
        self.job = job
    }
}

/// Goes through what commits bind, and tells of each artifact which statements there are about it.
private struct AttestationSurvey {
    let job: Job<AttestationsRequest>
    let request: AttestationsRequest
    private var told: Set<RunID> = []
    private var bare: [(commit: GitObjectID, content: RecordedContent)] = []
    private var reply = AttestationsRequest.Reply(commits: 0, artifacts: 0)

    init(job: Job<AttestationsRequest>, request: AttestationsRequest) {
        self.job = job
        self.request = request
    }

    /// All that is recorded of some content.
    private struct Known {
        /// The earliest first; signatures are not among them.
        var statements: [StoredRecord] = []
        var signatures: [RunID: [SignatureRecord]] = [:]

        init(_ link: RecordLink, _ store: Store) throws {
            for id in try store.records(link) {
                // What can't be read says nothing.
                guard let record = try? store.record(id) else { continue }
                if record.statement.predicateType == SignatureRecord.predicateType {
                    guard let signature = try? SignatureRecord(record.statement) else { continue }
                    signatures[signature.signed, default: []].append(signature)
                } else {
                    statements.append(record)
                }
            }
        }
    }

    // MARK: What is not here

    /// Content of which no signature is here, and the remote that may have some; no remote if there is none to be asked.
    static func unsigned(_ job: Job<AttestationsRequest>, _ request: AttestationsRequest) throws -> ([Pointer], RemoteConfiguration?) {
        guard request.environment != nil, request.record == nil, try !job.tree.remotes().isEmpty else { return ([], nil) }
        var unsigned: [Pointer] = []
        _ = try forEachBinding(job, request) { binding in
            guard let pointer = try? job.tree.pointer(in: binding.blob) else { return }
            if try job.store.records(RecordLink(pointer), type: SignatureRecord.predicateType).isEmpty { unsigned.append(pointer) }
        }
        return unsigned.isEmpty ? ([], nil) : (unsigned, try job.tree.remote(nil, job.tree.settings()))
    }

    private static func forEachBinding(
        _ job: Job<AttestationsRequest>, _ request: AttestationsRequest, _ body: (CommitBinding) throws -> Void
    ) throws -> Int {
        let commits = try request.all ? job.tree.tips() : request.commits.map(job.tree.commitIdentifier)
        return try job.tree.forEachBinding(from: commits, wholeHistory: request.all) { binding in
            try job.checkCancellation()
            try body(binding)
        }
    }

    // MARK: What is

    mutating func tell() throws -> AttestationsRequest.Reply {
        if let text = request.record {
            guard let id = RunID(text: text), job.store.hasRecord(id) else {
                throw TenonError(
                    .notFound, "'\(displayName(text.utf8.prefix(200)))' is no record that is here", hint: "tenon records lists those of an artifact")
            }
            try tell(of: job.store.record(id))
            return reply
        }
        if request.prepares { try job.tree.register() }
        reply.commits = try AttestationSurvey.forEachBinding(job, request) { try tell(of: $0) }
        try tellOfBare()
        return reply
    }

    private mutating func tell(of binding: CommitBinding) throws {
        reply.artifacts += 1
        let pointer: Pointer
        do {
            pointer = try job.tree.pointer(in: binding.blob)
        } catch let error as TenonError where error.code == .corrupt || error.code == .unsupportedVersion {
            return tell(binding, nil, [], detail: "its pointer can't be read: \(error.cause ?? error.message)")
        }
        let known = try Known(RecordLink(pointer), job.store)
        if let run = pointer.run {
            guard let record = known.statements.first(where: { $0.id == run }) else {
                let detail =
                    job.store.hasRecord(run)
                    ? "the record that its pointer names is not about these bytes" : "the record \(run) that its pointer names is not here"
                return tell(binding, pointer, [], detail: detail)
            }
            try tell(of: record, known)
            return tell(binding, pointer, [record.id])
        }
        if request.prepares {
            var own = try OwnRecords(job.tree)
            guard let run = try known.statements.first(where: { try RunRecord($0.statement) != nil && own.contains($0.id) }) else {
                bare.append((binding.commit, RecordedContent(path: binding.artifact.bytes, pointer: pointer)))
                return
            }
            try tell(of: run, known)
            return tell(binding, pointer, [run.id])
        }
        let signed = known.statements.filter { known.signatures[$0.id] != nil }
        for record in signed { try tell(of: record, known) }
        tell(binding, pointer, signed.map(\.id))
    }

    /// Says of content of which no run is recorded that its commit binds it.
    private mutating func tellOfBare() throws {
        for start in stride(from: 0, to: bare.count, by: BindingRecord.maximumContents) {
            let group = bare[start..<min(start + BindingRecord.maximumContents, bare.count)]
            for (commit, contents) in Dictionary(grouping: group, by: { $0.commit }) {
                let time = try job.tree.commit(commit).committer.time
                let record = StoredRecord(
                    BindingRecord(commit: commit.hex, contents: contents.map(\.content), time: UInt64(max(0, time)) * 1000).statement)
                try job.store.add(records: [record])
                try tell(of: record)
                for content in contents {
                    job.reporter.item(
                        .init(
                            artifact: AttestedArtifact(
                                path: WirePath(bytes: content.content.path), commit: commit.hex, pointer: PointerSummary(content.content.pointer),
                                records: [record.id.description])))
                }
            }
        }
    }

    private func tell(_ binding: CommitBinding, _ pointer: Pointer?, _ records: [RunID], detail: String? = nil) {
        job.reporter.item(
            .init(
                artifact: AttestedArtifact(
                    path: WirePath(binding.artifact), commit: binding.commit.hex, pointer: pointer.map { PointerSummary($0) },
                    records: records.map(\.description), detail: detail)))
    }

    private mutating func tell(of record: StoredRecord) throws {
        guard let subject = record.statement.links.first(where: { $0.role == .subject }) else {
            throw TenonError(
                .invalidArgument, "record \(record.id) can't be signed", cause: "it is about no content: its run failed, or made nothing")
        }
        try tell(of: record, try Known(subject, job.store))
    }

    private mutating func tell(of record: StoredRecord, _ known: Known) throws {
        guard told.insert(record.id).inserted else { return }
        let signatures = (known.signatures[record.id] ?? [])
            .map { AttestedStatement.Signature(key: $0.signature.key, text: $0.signature.text) }
        job.reporter.item(
            .init(
                statement: AttestedStatement(
                    record: record.id.description, kind: try RecordSummary(record).kind,
                    payload: String(decoding: record.statement.bytes, as: UTF8.self),
                    signatures: signatures)))
    }
}
