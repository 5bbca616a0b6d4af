import GRDB
import Glibc
import TenonCore
import TenonFormat

/// The store's SQLite database: the packs that count, snapshots, damaged blocks, saved states. It can be made again from packs.
///
/// One connection, in WAL mode with `synchronous=FULL`: when a write returns, it is on disk.
final class Catalog: Sendable {
    private let queue: DatabaseQueue
    private let path: String
    private let fileSystem: FileSystem

    /// Opens the catalog, or makes an empty one.
    ///
    /// Throws `unsupportedVersion` if a newer Tenon wrote it, `corrupt` if it is damaged.
    init(path: String, fileSystem: FileSystem, cacheBytes: Int = 4 << 20) throws(TenonError) {
        self.path = path
        self.fileSystem = fileSystem
        var configuration = Configuration()
        configuration.label = "tenon.catalog"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            // https://www.sqlite.org/pragma.html#pragma_synchronous: FULL syncs the WAL after each transaction; NORMAL could lose the last ones.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA cache_size = -\(cacheBytes / 1024)")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Catalog.checkVersion(queue)
            try queue.write { database in
                guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "quick_check found damage")
                }
                try CatalogSchema.migrate(database)
            }
        } catch {
            throw Catalog.tenonError(error, path: path)
        }
        _ = chmod(path, 0o600)
    }

    func close() {
        try? queue.close()
    }

    private static func checkVersion(_ queue: DatabaseQueue) throws {
        let (version, release) = try queue.read { database in
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard version > CatalogSchema.version else { return (version, "") }
            let release = try? String.fetchOne(database, sql: "SELECT value FROM state WHERE key = 'release'")
            return (version, release ?? "a newer release")
        }
        guard version > CatalogSchema.version else { return }
        throw TenonError(
            .unsupportedVersion, "the store's catalog was written by a newer Tenon",
            cause: "it has version \(version), this Tenon reads up to \(CatalogSchema.version)", hint: "install Tenon \(release) or later")
    }

    // MARK: Transactions

    func read<Value>(_ body: (Database) throws -> Value) throws(TenonError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw Catalog.tenonError(error, path: path)
        }
    }

    /// Runs `body` in one transaction that is on disk when this returns. What `body` throws undoes it.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try fileSystem.faults?.check(.commitCatalog)
        let value: Value
        do {
            value = try queue.write(body)
        } catch let error as DatabaseError {
            throw Catalog.tenonError(error, path: path)
        }
        try fileSystem.faults?.check(.catalogCommitted)
        return value
    }

    private static func tenonError(_ error: any Error, path: String) -> TenonError {
        if let error = error as? TenonError { return error }
        guard let error = error as? DatabaseError else { return TenonError(.internal, "the catalog failed", cause: "\(error)") }
        let cause = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        let what = "the catalog '\(displayName(path.utf8))'"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return TenonError(.corrupt, "\(what) is damaged", cause: cause, hint: "run 'tenon fsck --rebuild'")
        case .SQLITE_FULL: return TenonError(.noSpace, "can't write \(what)", cause: cause)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: return TenonError(.io, "can't read or write \(what)", cause: cause)
        case .SQLITE_READONLY, .SQLITE_PERM: return TenonError(.permission, "can't write \(what)", cause: cause)
        case .SQLITE_BUSY, .SQLITE_LOCKED: return TenonError(.busy, "\(what) is in use", cause: cause)
        default: return TenonError(.internal, "\(what) failed", cause: cause)
        }
    }
}
