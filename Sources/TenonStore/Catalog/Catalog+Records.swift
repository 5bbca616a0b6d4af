import GRDB
import TenonCore
import TenonFormat

extension Catalog {
    /// Inserts a record inside a transaction. One that is there already stays.
    static func insert(record: StoredRecord, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO record (id, type, time) VALUES (?, ?, ?)",
            arguments: [record.id.digest.data, record.statement.predicateType, Int64(clamping: record.statement.time)])
        for link in record.statement.links {
            try database.execute(
                sql: "INSERT OR IGNORE INTO record_link (oid, kind, role, record) VALUES (?, ?, ?, ?)",
                arguments: [link.oid.digest.data, link.kind.rawValue, Int64(link.role.rawValue), record.id.digest.data])
        }
        if let stage = record.statement.stageLink {
            try database.execute(
                sql: "INSERT OR IGNORE INTO stage_run (record, key, name, made) VALUES (?, ?, ?, ?)",
                arguments: [record.id.digest.data, stage.key.data, stage.name, stage.made?.data])
        }
    }

    /// Ids of the records that are about some content in this way, the earliest first; with a type, only those.
    func records(_ link: RecordLink, type: String?) throws(TenonError) -> [RunID] {
        try read { database in
            try DatabaseBytes.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM record JOIN record_link ON record = id
                        WHERE oid = ?1 AND kind = ?2 AND role = ?3 AND (?4 IS NULL OR type = ?4) ORDER BY time, id
                        """),
                arguments: [link.oid.digest.data, link.kind.rawValue, Int64(link.role.rawValue), type]
            ).compactMap { Digest(bytes: Array($0)).map(RunID.init) }
        }
    }

    /// Ids of the records of a type that are about any content of a kind in this way, the earliest first.
    func records(kind: ArtifactKind, role: RecordLink.Role, type: String) throws(TenonError) -> [RunID] {
        try read { database in
            try DatabaseBytes.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM record WHERE type = ?3 AND id IN (SELECT record FROM record_link WHERE kind = ?1 AND role = ?2)
                        ORDER BY time, id
                        """),
                arguments: [kind.rawValue, Int64(role.rawValue), type]
            ).compactMap { Digest(bytes: Array($0)).map(RunID.init) }
        }
    }

    /// Ids of the runs of stages with this key that went well, the latest first; with `made`, only those that made that.
    func stageRuns(key: Digest, made: Digest?, limit: Int) throws(TenonError) -> [RunID] {
        try read { database in
            try DatabaseBytes.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT record FROM stage_run JOIN record ON record = id
                        WHERE key = ?1 AND made IS NOT NULL AND (?2 IS NULL OR made = ?2) ORDER BY time DESC, id LIMIT ?3
                        """),
                arguments: [key.data, made?.data, limit]
            ).compactMap { Digest(bytes: Array($0)).map(RunID.init) }
        }
    }

    /// Ids of the runs of stages with this name, however they ended, the latest first.
    func stageRuns(name: String, limit: Int) throws(TenonError) -> [RunID] {
        try read { database in
            try DatabaseBytes.fetchAll(
                database.cachedStatement(
                    sql: "SELECT record FROM stage_run JOIN record ON record = id WHERE name = ?1 ORDER BY time DESC, id LIMIT ?2"),
                arguments: [name, limit]
            ).compactMap { Digest(bytes: Array($0)).map(RunID.init) }
        }
    }

    /// Ids of all records, the earliest first.
    func records() throws(TenonError) -> [RunID] {
        try read { database in
            try DatabaseBytes.fetchAll(database, sql: "SELECT id FROM record ORDER BY time, id")
                .compactMap { Digest(bytes: Array($0)).map(RunID.init) }
        }
    }
}
