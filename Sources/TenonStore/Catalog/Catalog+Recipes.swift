import GRDB
import TenonCore
import TenonFormat

extension Catalog {
    /// The oids of files whose recipes have not been proved.
    func unprovedFiles() throws(TenonError) -> [Digest] {
        try read { database in
            try DatabaseBytes.fetchAll(database, sql: "SELECT oid FROM unproved").compactMap { Digest(bytes: Array($0)) }
        }
    }

    /// Notes, inside a transaction, that the recipes of `files` have to be proved.
    static func distrust(_ files: [Digest], in database: Database) throws {
        let statement = try database.cachedStatement(sql: "INSERT OR IGNORE INTO unproved (oid) VALUES (?)")
        for file in files { try statement.execute(arguments: [file.data]) }
    }

    /// Notes, inside a transaction, that the recipes of `files` are proved.
    static func trust(_ files: [Digest], in database: Database) throws {
        let statement = try database.cachedStatement(sql: "DELETE FROM unproved WHERE oid = ?")
        for file in files { try statement.execute(arguments: [file.data]) }
    }
}
