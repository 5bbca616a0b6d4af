import GRDB
import TenonCore
import TenonFormat

extension Catalog {
    private static let columns = "kind, oid, manifest, size, files, executable, time"

    /// The snapshots of this content; a tree may have several, with different manifests.
    func snapshots(kind: ArtifactKind, oid: OID) throws(TenonError) -> [SnapshotRow] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT \(Catalog.columns) FROM snapshot WHERE kind = ? AND oid = ?",
                arguments: [kind.rawValue, oid.digest.data]
            ).map(Catalog.snapshotRow)
        }
    }

    /// All snapshots.
    func snapshots() throws(TenonError) -> [SnapshotRow] {
        try read { try Row.fetchAll($0, sql: "SELECT \(Catalog.columns) FROM snapshot").map(Catalog.snapshotRow) }
    }

    /// Number of snapshots and the sum of their sizes.
    func trackedTotals() throws(TenonError) -> (snapshots: Int, bytes: UInt64) {
        try read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT count(*), coalesce(sum(size), 0) FROM snapshot") else { return (0, 0) }
            return (row[0], row[1])
        }
    }

    private static func snapshotRow(_ row: Row) throws -> SnapshotRow {
        let kind = ArtifactKind(rawValue: row[0])
        let oid = Digest(bytes: Array(row[1] as DatabaseBytes)).map(OID.init)
        let manifest = Digest(bytes: Array(row[2] as DatabaseBytes)).map(NodeID.init)
        let (size, files, executable, time): (UInt64, UInt64?, Bool, UInt64) = (row[3], row[4], row[5], row[6])
        switch (kind, oid, files, manifest) {
        case (.file, let oid?, _, _):
            return SnapshotRow(content: .file(oid: oid, size: size, executable: executable), time: time)
        case (.tree, let oid?, let files?, let manifest?):
            return SnapshotRow(content: .tree(oid: oid, size: size, files: files, manifest: manifest), time: time)
        default:
            throw TenonError(.corrupt, "the catalog is damaged", cause: "a snapshot in it is incomplete", hint: "run 'tenon fsck --rebuild'")
        }
    }

    /// Whether there is a snapshot of this content, and whether nothing has been lost since it was stored or looked through.
    ///
    /// A file's bytes are the same whether it is executable or not.
    func standing(of content: Pointer) throws(TenonError) -> SnapshotStanding {
        try read { database in
            let proven = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT max(proven) FROM snapshot WHERE kind = ? AND oid = ? AND manifest = ?"),
                arguments: [content.kind.rawValue, content.oid.digest.data, content.manifestData])
            return proven.map { $0 ? .proven : .doubtful } ?? .absent
        }
    }

    /// Id of the record of a snapshot that is there already.
    func record(of content: Pointer) throws(TenonError) -> Digest? {
        try read { database in
            try DatabaseBytes.fetchOne(
                database, sql: "SELECT record FROM snapshot WHERE kind = ? AND oid = ? AND manifest = ? AND executable = ?",
                arguments: [content.kind.rawValue, content.oid.digest.data, content.manifestData, content.executable]
            ).flatMap { Digest(bytes: Array($0)) }
        }
    }

    /// Notes that all bytes of a snapshot have been looked up and are there, if `isStill`, asked inside the transaction, says so.
    func prove(_ content: Pointer, if isStill: () -> Bool) throws {
        try write { database in
            guard isStill() else { return }
            try database.execute(
                sql: "UPDATE snapshot SET proven = 1 WHERE kind = ? AND oid = ? AND manifest = ?",
                arguments: [content.kind.rawValue, content.oid.digest.data, content.manifestData])
        }
    }

    /// Inserts snapshots inside a transaction. One that is there already keeps its time and record.
    static func insert(_ snapshots: [(row: SnapshotRow, record: Digest)], proven: Bool, in database: Database) throws {
        for (row, record) in snapshots {
            let content = row.content
            try database.execute(
                sql: """
                    INSERT INTO snapshot (kind, oid, manifest, executable, size, files, time, record, proven) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET proven = excluded.proven WHERE proven < excluded.proven
                    """,
                arguments: [
                    content.kind.rawValue, content.oid.digest.data, content.manifestData, content.executable, Int64(clamping: content.size),
                    content.files.map { Int64(clamping: $0) }, Int64(clamping: row.time), record.data, proven,
                ])
        }
    }

    // MARK: Saved states

    /// Records of saved states with their ids, the latest first.
    func savedStates(after time: UInt64) throws(TenonError) -> [(id: Digest, record: [UInt8])] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, record FROM saved_state WHERE time > ? ORDER BY time DESC, id", arguments: [Int64(clamping: time)]
            )
            .compactMap { row in Digest(bytes: Array(row[0] as DatabaseBytes)).map { ($0, Array(row[1] as DatabaseBytes)) } }
        }
    }

    static func insert(savedState record: [UInt8], id: Digest, time: UInt64, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO saved_state (id, time, record) VALUES (?, ?, ?)",
            arguments: [id.data, Int64(clamping: time), DatabaseBytes(record)])
    }

    /// Whether there are saved states older than `time`.
    func hasSavedStates(before time: UInt64) throws(TenonError) -> Bool {
        let arguments: StatementArguments = [Int64(clamping: time)]
        return try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM saved_state WHERE time < ?)", arguments: arguments) } == true
    }

    /// Drops saved states older than `time`.
    func expireSavedStates(before time: UInt64) throws {
        try write { try $0.execute(sql: "DELETE FROM saved_state WHERE time < ?", arguments: [Int64(clamping: time)]) }
    }
}

/// How the catalog stands to a snapshot.
enum SnapshotStanding: Sendable {
    case absent
    /// Something was lost since: each of its chunks must be looked up.
    case doubtful
    case proven
}

extension Pointer {
    /// As the catalog keeps it: nothing for a file.
    fileprivate var manifestData: DatabaseBytes { manifest.map { $0.digest.data } ?? DatabaseBytes() }
}
