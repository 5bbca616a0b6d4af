import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Brings records to a remote and from it: each is an object there, found by the content that it is about.
struct RecordTransfer: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter

    /// Requests at the same time.
    var jobs = 4

    /// For more subjects than this, all names are listed once.
    private static let singleQuestions = 16
    /// So many records are followed at most.
    private static let maximumCount = 100_000

    private var store: Store { engine.store }

    // MARK: To the remote

    /// Sends the records of these contents that are of the work tree's repository, and those of stages whose results Git keeps. Whatever they name must be
    /// there already.
    func send(of contents: [Pointer], in workTree: WorkTreeContext) async throws {
        let ids = try await engine.blocking { [engine, store] in
            try contents.map { RecordLink($0) }.flatMap { subject in try store.records(subject).map { (id: $0, subject: subject) } }
                + WorkTree(workTree, engine: engine).stageRunsInGit().map { (id: $0.id, subject: $0.result) }
        }
        guard !ids.isEmpty else { return }
        let present = try await names(of: Set(ids.map(\.subject)))
        let lacking = try await engine.blocking { [engine] in
            var own = try OwnRecords(try WorkTree(workTree, engine: engine), named: contents.compactMap(\.run))
            return try ids.filter { try present[$0.subject]?.contains($0.id) != true && own.contains($0.id) }
        }
        let outcome = await ConcurrentWork.run(lacking, limit: jobs, meter: meter) { id, subject in
            let bytes = try await engine.blocking { [store] in try store.record(id).statement.bytes }
            _ = try await view.remote.create(try ObjectName(RemoteName.record(id, of: subject)), bytes: bytes)
        }
        if let failure = outcome.failure { throw failure }
    }

    // MARK: From the remote

    /// Brings the records of these contents that are not here, of what those read, and so on. One that is here already is not followed: all that it
    /// leads to came with it. A record that is not what its name says is passed over and returned.
    ///
    /// - Parameter followsInputs: whether what the records lead to is brought; only for a store in which nobody looks for it.
    func bring(of contents: [Pointer], followsInputs: Bool = true) async throws -> [TenonError] {
        var problems: [TenonError] = []
        var brought: [StoredRecord] = []
        var waiting = Set(contents.map { RecordLink($0) })
        var seen: Set<RecordLink> = []
        // One that is about several contents lies under each.
        var taken: Set<RunID> = []
        while !waiting.isEmpty, brought.count < RecordTransfer.maximumCount {
            seen.formUnion(waiting)
            let found = try await names(of: waiting)
            let known = taken
            let new = try await engine.blocking { [store] in
                found.flatMap { subject, ids in ids.filter { !known.contains($0) && !store.hasRecord($0) }.map { (id: $0, subject: subject) } }
            }
            let outcome = await ConcurrentWork.run(new, limit: jobs, meter: meter) { id, subject -> Result<StoredRecord, TenonError> in
                do {
                    return .success(try await read(id, of: subject))
                } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                    return .failure(error)
                }
            }
            if let failure = outcome.failure { throw failure }
            var next: Set<RecordLink> = []
            for result in outcome.done {
                switch result {
                case .success(let record):
                    guard taken.insert(record.id).inserted else { continue }
                    brought.append(record)
                    guard followsInputs else { continue }
                    next.formUnion(
                        record.statement.links.filter { $0.role == .input }.map { RecordLink(kind: $0.kind, oid: $0.oid, role: .subject) })
                case .failure(let error): problems.append(error)
                }
            }
            waiting = next.subtracting(seen)
        }
        // Together, and only now: a record that is here is taken to have brought what it leads to.
        let records = brought
        if !records.isEmpty { try await engine.blocking { [store] in try store.add(records: records) } }
        return problems
    }

    private func read(_ id: RunID, of subject: RecordLink) async throws -> StoredRecord {
        let name = try ObjectName(RemoteName.record(id, of: subject))
        guard let (bytes, _) = try await view.remote.contents(of: name, limit: Statement.maximumLength) else {
            throw TenonError(.missingContent, "record \(id) is on '\(view.remote.location)' no more")
        }
        let record = try stored(bytes, name)
        guard record.id == id, record.statement.links.contains(subject) else {
            throw TenonError(
                .corrupt, "a record on '\(view.remote.location)' is damaged", cause: "'\(name)' is another record, or about something else")
        }
        return record
    }

    private func stored(_ bytes: [UInt8], _ name: ObjectName) throws(TenonError) -> StoredRecord {
        do {
            return StoredRecord(try Statement(parsing: bytes))
        } catch {
            throw TenonError(.corrupt, "a record on '\(view.remote.location)' is damaged", cause: "'\(name)': \(error.cause ?? error.message)")
        }
    }

    /// The records that the remote has of each subject.
    private func names(of subjects: Set<RecordLink>) async throws -> [RecordLink: [RunID]] {
        let prefixes = subjects.count > RecordTransfer.singleQuestions ? [RemoteName.allRecords] : subjects.map { RemoteName.records(of: $0) }
        let outcome = await ConcurrentWork.run(prefixes, limit: jobs, meter: meter) { prefix in
            var found: [(subject: RecordLink, id: RunID)] = []
            for try await entry in view.remote.objects(try ObjectPrefix(prefix)) {
                if let (subject, id) = RemoteName.record(entry.name.text), subjects.contains(subject) { found.append((subject, id)) }
            }
            return found
        }
        if let failure = outcome.failure { throw failure }
        return Dictionary(grouping: outcome.done.joined(), by: \.subject).mapValues { $0.map(\.id) }
    }
}

extension RecordLink {
    /// The content of a pointer as what a record is about.
    init(_ pointer: Pointer) {
        self.init(kind: pointer.kind, oid: pointer.oid, role: .subject)
    }
}

extension Store {
    /// `contents` and all that their records name: inputs, code, reports, and the same of what made the inputs. What the store does not have of it is left out.
    ///
    /// - Parameter isFollowed: whether a record counts.
    func withLineage(_ contents: [Pointer], _ isFollowed: (RunID) throws -> Bool = { _ in true }) throws -> [Pointer] {
        var result: [Pointer] = []
        var seen: Set<Pointer> = []
        var waiting = Array(contents.reversed())
        while let content = waiting.popLast() {
            guard seen.insert(content.withoutAnnotations).inserted else { continue }
            result.append(content)
            for id in try records(RecordLink(content)) where try isFollowed(id) {
                guard let statement = try? record(id).statement else { continue }
                var named: [Pointer?] = []
                if let run = try? RunRecord(statement) { named = run.named }
                if let found = try? EvaluationRecord(statement) { named = [found.report?.pointer, found.dataset?.pointer] }
                waiting += named.compactMap(\.self).filter { isStored($0) }
            }
        }
        return result
    }
}

extension WorkTree {
    /// `contents` and all that this repository's records of them name (`Store.withLineage`), with what stages read whose results Git keeps.
    func withLineage(_ contents: [Pointer]) throws -> [Pointer] {
        var own = try OwnRecords(self, named: contents.compactMap(\.run))
        return try engine.store.withLineage(contents + namedByStageRunsInGit()) { try own.contains($0) }
    }

    /// What the records of `stageRunsInGit` name, of what is stored.
    func namedByStageRunsInGit() throws -> [Pointer] { try stageRunsInGit().flatMap { $0.run.named }.filter { engine.store.isStored($0) } }
}

extension RunRecord {
    /// What it read, code included, and what it logged.
    fileprivate var named: [Pointer] { definition.inputs.map(\.pointer) + [definition.code.workTree, log].compactMap(\.self) }
}
