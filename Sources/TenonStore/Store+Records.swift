import TenonCore
import TenonFormat

extension Store {
    /// Stores records. When it returns they are durable, and found by the content that they are about. One that is stored already is not written again.
    ///
    /// Throws `invalidArgument` for a record that is longer than records may be.
    package func add(records: [StoredRecord]) throws {
        for record in records where record.statement.bytes.count > Statement.maximumLength {
            throw TenonError(
                .invalidArgument, "the record can't be stored", cause: "it would be longer than \(Statement.maximumLength) bytes",
                hint: "name directories as inputs and outputs, not each file in them")
        }
        let new = records.filter { !contains(ObjectKey(type: .run, id: $0.id.digest)) }
        guard !new.isEmpty else { return }
        try beginWrite().commit([], records: new)
    }

    /// A record, checked against its id. Throws `missingContent` if the store does not have it, `corrupt` if it is damaged or no record.
    package func record(_ id: RunID) throws -> StoredRecord {
        try StoredRecord(parsing: read(ObjectKey(type: .run, id: id.digest)))
    }

    package func hasRecord(_ id: RunID) -> Bool {
        contains(ObjectKey(type: .run, id: id.digest))
    }

    /// Ids of the records that are about this content in this way, the earliest first; with a predicate type, only those. Each was read well when it
    /// was stored.
    package func records(_ link: RecordLink, type: String? = nil) throws -> [RunID] { try catalog.records(link, type: type) }

    /// Ids of the records of a type that are about any content of a kind in this way, the earliest first.
    package func records(kind: ArtifactKind, role: RecordLink.Role, type: String) throws -> [RunID] {
        try catalog.records(kind: kind, role: role, type: type)
    }

    /// Ids of the runs of stages with this key that went well, the latest first; with `made` (`RunStage.digest`), only those that made that.
    package func stageRuns(key: Digest, made: Digest? = nil, limit: Int = 100) throws -> [RunID] {
        try catalog.stageRuns(key: key, made: made, limit: limit)
    }

    /// Ids of the runs of stages with this name, however they ended, the latest first.
    package func stageRuns(name: String, limit: Int) throws -> [RunID] { try catalog.stageRuns(name: name, limit: limit) }

    /// Ids of all records, the earliest first.
    package func records() throws -> [RunID] { try catalog.records() }
}
