import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Brings records to a remote and from it: each is an object there, found by the content that it is about.
struct RecordTransfer: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter

    /// For more subjects than this, all names are listed once.
    private static let singleQuestions = 16
    /// So many records are followed at most.
    private static let maximumCount = 100_000

    private var store: Store { engine.store }

    // MARK: To the remote

    /// Sends the records of these contents. Whatever they name must be there already.
    func send(of contents: [Pointer]) async throws {
        var ids: [(id: RunID, subject: RecordLink)] = []
        for content in contents {
            let subject = RecordLink(content)
            ids += try await engine.blocking { [store] in try store.records(subject) }.map { ($0, subject) }
        }
        guard !ids.isEmpty else { return }
        let present = try await names(of: Set(ids.map(\.subject)))
        for (id, subject) in ids where present[subject]?.contains(id) != true {
            try meter.sink.check()
            let bytes = try await engine.blocking { [store] in try store.record(id).statement.bytes }
            _ = try await view.remote.create(try ObjectName(RemoteName.record(id, of: subject)), bytes: bytes)
        }
    }

    // MARK: From the remote

    /// Brings the records of these contents, of what those read, and so on. A record that is not what its name says is passed over and returned.
    func bring(of contents: [Pointer]) async throws -> [TenonError] {
        var problems: [TenonError] = []
        var waiting = Set(contents.map { RecordLink($0) })
        var seen: Set<RecordLink> = []
        var count = 0
        while !waiting.isEmpty, count < RecordTransfer.maximumCount {
            seen.formUnion(waiting)
            var next: Set<RecordLink> = []
            for (subject, ids) in try await names(of: waiting) {
                for id in ids {
                    try meter.sink.check()
                    count += 1
                    do {
                        let statement = try await take(id, of: subject)
                        next.formUnion(statement.links.filter { $0.role == .input }.map { RecordLink(kind: $0.kind, oid: $0.oid, role: .subject) })
                    } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                        problems.append(error)
                    }
                }
            }
            waiting = next.subtracting(seen)
        }
        return problems
    }

    /// The record, from the store or from the remote into it.
    private func take(_ id: RunID, of subject: RecordLink) async throws -> Statement {
        if store.hasRecord(id) { return try await engine.blocking { [store] in try store.record(id).statement } }
        let name = try ObjectName(RemoteName.record(id, of: subject))
        guard let (bytes, _) = try await view.remote.contents(of: name, limit: Statement.maximumLength) else {
            throw TenonError(.missingContent, "record \(id) is on '\(view.remote.location)' no more")
        }
        let record = StoredRecord(try Statement(parsing: bytes))
        guard record.id == id, record.statement.links.contains(subject) else {
            throw TenonError(
                .corrupt, "a record on '\(view.remote.location)' is damaged", cause: "'\(name)' is another record, or about something else")
        }
        try await engine.blocking { [store] in try store.add(records: [record]) }
        return record.statement
    }

    /// The records that the remote has of each subject.
    private func names(of subjects: Set<RecordLink>) async throws -> [RecordLink: [RunID]] {
        var found: [RecordLink: [RunID]] = [:]
        let prefixes = subjects.count > RecordTransfer.singleQuestions ? [RemoteName.allRecords] : subjects.map { RemoteName.records(of: $0) }
        for prefix in prefixes {
            for try await entry in view.remote.objects(try ObjectPrefix(prefix)) {
                guard let (subject, id) = RemoteName.record(entry.name.text), subjects.contains(subject) else { continue }
                found[subject, default: []].append(id)
            }
        }
        return found
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
    func withLineage(_ contents: [Pointer]) throws -> [Pointer] {
        var result: [Pointer] = []
        var seen: Set<Pointer> = []
        var waiting = Array(contents.reversed())
        while let content = waiting.popLast() {
            guard seen.insert(content.withoutAnnotations).inserted else { continue }
            result.append(content)
            for id in try records(RecordLink(content)) {
                guard let statement = try? record(id).statement else { continue }
                var named: [Pointer?] = []
                if let run = try? RunRecord(statement) { named = run.definition.inputs.map(\.pointer) + [run.definition.code.workTree] }
                if let found = try? EvaluationRecord(statement) { named = [found.report?.pointer, found.dataset?.pointer] }
                waiting += named.compactMap(\.self).filter { isStored($0) }
            }
        }
        return result
    }
}
