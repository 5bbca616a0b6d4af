import Foundation
import GRDB
import Logging
import Synchronization
import TenonCore

/// Which bytes files had when they were last read, by the stat that they had then: `cache.sqlite`.
///
/// It tells what bytes were, never that they are stored. It may be lost at any time; a damaged one is thrown away. No function throws: what can't be
/// read is not known, and what can't be written is read from the files again.
package final class StatCache: Sendable {
    private let queue: DatabaseQueue?
    private let log: Logger
    private let recent = Mutex(Recent())

    /// What is kept in memory of artifacts that were looked at last, since most looks find nothing new.
    private struct Recent {
        var place: ArtifactPlace?
        var rows: [[UInt8]: StatCacheRow] = [:]
        /// Contents by the fingerprints of the trees that they were computed from.
        var contents: [Digest: Content] = [:]
        /// Counts changes, so that rows read before one are not kept after it.
        var generation = 0
    }

    private static let recentRowBytes = 8 << 20
    private static let recentContents = 256

    /// What changed in the cache's idea of one artifact.
    struct Update {
        /// The directory's path in the artifact.
        var path: [UInt8]
        /// Its packed files; `nil` removes the row.
        var row: [UInt8]?
    }

    /// Opens the cache at `path`, or makes a new one; if neither can be done, nothing is remembered.
    package init(path: String, log: Logger) {
        self.log = log
        if let queue = try? StatCache.open(path) {
            self.queue = queue
            return
        }
        for suffix in ["", "-wal", "-shm"] { _ = unlink(path + suffix) }
        do {
            queue = try StatCache.open(path)
            log.info("a new stat cache is made")
        } catch {
            queue = nil
            log.warning("no stat cache can be made; files will be read each time", metadata: ["reason": "\(error)"])
        }
    }

    package func close() {
        try? queue?.close()
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "tenon.cache"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            // https://www.sqlite.org/pragma.html#pragma_synchronous: a power cut may damage the file, which is then thrown away.
            try database.execute(sql: "PRAGMA synchronous = OFF")
            try database.execute(sql: "PRAGMA cache_size = -2048")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { database in
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            if version != schemaVersion {
                try database.execute(
                    sql: """
                        DROP TABLE IF EXISTS directory;
                        DROP TABLE IF EXISTS artifact;
                        CREATE TABLE artifact (
                            id INTEGER PRIMARY KEY, work_tree TEXT NOT NULL, path BLOB NOT NULL, UNIQUE (work_tree, path));
                        CREATE TABLE directory (
                            artifact INTEGER NOT NULL, path BLOB NOT NULL, files BLOB NOT NULL, PRIMARY KEY (artifact, path)) WITHOUT ROWID;
                        PRAGMA user_version = \(schemaVersion);
                        """)
            }
        }
        return queue
    }

    private static let schemaVersion = 1

    /// The content that a tree with this fingerprint has, if it was computed lately.
    func content(of fingerprint: Digest) -> Content? {
        recent.withLock { $0.contents[fingerprint] }
    }

    func keep(_ content: Content, of fingerprint: Digest) {
        recent.withLock { recent in
            if recent.contents.count >= StatCache.recentContents { recent.contents.removeAll() }
            recent.contents[fingerprint] = content
        }
    }

    /// All that is known of an artifact, by the paths of its directories.
    func rows(of place: ArtifactPlace) -> [[UInt8]: StatCacheRow] {
        let (known, generation) = recent.withLock { ($0.place == place ? $0.rows : nil, $0.generation) }
        if let known { return known }
        let rows = readRows(of: place)
        if rows.values.reduce(0, { $0 + $1.byteCount }) <= StatCache.recentRowBytes {
            recent.withLock { recent in
                guard recent.generation == generation else { return }
                recent.place = place
                recent.rows = rows
            }
        }
        return rows
    }

    private func forgetRecent() {
        recent.withLock { recent in
            recent.generation += 1
            recent.place = nil
            recent.rows = [:]
        }
    }

    private func readRows(of place: ArtifactPlace) -> [[UInt8]: StatCacheRow] {
        var result: [[UInt8]: StatCacheRow] = [:]
        do {
            try queue?.read { database in
                let cursor = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT directory.path, files FROM directory JOIN artifact ON directory.artifact = artifact.id
                        WHERE work_tree = ? AND artifact.path = ?
                        """,
                    arguments: [place.workTreeID, DatabaseBytes(place.path.bytes)])
                while let row = try cursor.next() {
                    let (path, bytes) = try (row.bytes(0), row.bytes(1))
                    if let row = StatCacheRow(bytes: bytes, path: path) { result[path] = row }
                }
            }
        } catch {
            log.warning("the stat cache can't be read", metadata: ["reason": "\(error)"])
        }
        return result
    }

    /// The directories of an artifact of which something is known.
    func paths(of place: ArtifactPlace) -> [[UInt8]] {
        let rows = try? queue?.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT directory.path FROM directory JOIN artifact ON directory.artifact = artifact.id
                    WHERE work_tree = ? AND artifact.path = ?
                    """,
                arguments: [place.workTreeID, DatabaseBytes(place.path.bytes)]
            ).map { try $0.bytes(0) }
        }
        return (rows ?? nil) ?? []
    }

    /// Takes in what a scan or checkout has learned of an artifact.
    func apply(_ updates: [Update], to place: ArtifactPlace) {
        guard !updates.isEmpty else { return }
        defer { forgetRecent() }
        do {
            try queue?.write { database in
                try database.execute(
                    sql: "INSERT OR IGNORE INTO artifact (work_tree, path) VALUES (?, ?)",
                    arguments: [place.workTreeID, DatabaseBytes(place.path.bytes)])
                let id = try Int64.fetchOne(
                    database, sql: "SELECT id FROM artifact WHERE work_tree = ? AND path = ?",
                    arguments: [place.workTreeID, DatabaseBytes(place.path.bytes)])
                let replace = try database.cachedStatement(sql: "INSERT OR REPLACE INTO directory (artifact, path, files) VALUES (?, ?, ?)")
                let remove = try database.cachedStatement(sql: "DELETE FROM directory WHERE artifact = ? AND path = ?")
                for update in updates {
                    if let row = update.row {
                        try replace.execute(arguments: [id, DatabaseBytes(update.path), DatabaseBytes(row)])
                    } else {
                        try remove.execute(arguments: [id, DatabaseBytes(update.path)])
                    }
                }
            }
        } catch {
            log.warning("the stat cache can't be written", metadata: ["reason": "\(error)"])
        }
    }

    /// Takes what is known of an artifact for another place, of which nothing is known any more.
    func rename(_ place: ArtifactPlace, to newPlace: ArtifactPlace) {
        forget(newPlace)
        defer { forgetRecent() }
        do {
            try queue?.write { database in
                try database.execute(
                    sql: "UPDATE artifact SET work_tree = ?, path = ? WHERE work_tree = ? AND path = ?",
                    arguments: [
                        newPlace.workTreeID, DatabaseBytes(newPlace.path.bytes), place.workTreeID, DatabaseBytes(place.path.bytes),
                    ])
            }
        } catch {
            log.warning("the stat cache can't be written", metadata: ["reason": "\(error)"])
        }
    }

    /// Forgets an artifact.
    func forget(_ place: ArtifactPlace) {
        defer { forgetRecent() }
        do {
            try queue?.write { database in
                let arguments: StatementArguments = [place.workTreeID, DatabaseBytes(place.path.bytes)]
                try database.execute(
                    sql: "DELETE FROM directory WHERE artifact IN (SELECT id FROM artifact WHERE work_tree = ? AND path = ?)",
                    arguments: arguments)
                try database.execute(sql: "DELETE FROM artifact WHERE work_tree = ? AND path = ?", arguments: arguments)
            }
        } catch {
            log.warning("the stat cache can't be written", metadata: ["reason": "\(error)"])
        }
    }
}

extension Row {
    /// A BLOB's bytes, copied once.
    fileprivate func bytes(_ index: Int) throws -> [UInt8] {
        try withUnsafeData(atIndex: index) { $0.map { Array($0) } ?? [] }
    }
}
