import GRDB
import TenonCore
import TenonFormat

extension Catalog {
    /// All packs that count.
    func packs() throws(TenonError) -> [PackRow] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT number, id, bytes, content, raw_bytes, blocks, chunks, generation, proved FROM pack ORDER BY number"
            )
            .map(Catalog.packRow)
        }
    }

    private static func packRow(_ row: Row) throws -> PackRow {
        let number: Int64 = row[0]
        let id: [UInt8] = Array(row[1] as DatabaseBytes)
        guard let digest = Digest(bytes: id), let short = UInt32(exactly: number) else {
            throw TenonError(.corrupt, "the catalog is damaged", cause: "a pack in it has no name", hint: "run 'tenon fsck --rebuild'")
        }
        return PackRow(
            number: short, id: PackID(digest), bytes: row[2], content: PackRow.Content(rawValue: row[3]) ?? .data, rawBytes: row[4],
            blocks: row[5], chunks: row[6], generation: row[7], isProved: row[8])
    }

    /// Lists `packs` as ones that count, inside a transaction. Returns them with their numbers; one that is listed already keeps its own.
    static func list(_ packs: [PackRow], in database: Database) throws -> [PackRow] {
        let generation = try generation(database)
        return try packs.map { pack in
            var pack = pack
            try database.execute(
                sql: """
                    INSERT INTO pack (id, bytes, content, raw_bytes, blocks, chunks, generation, proved) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, proved = max(proved, excluded.proved)
                    """,
                arguments: [
                    pack.id.digest.data, Int64(pack.bytes), pack.content.rawValue, Int64(pack.rawBytes), pack.blocks, pack.chunks, generation,
                    pack.isProved,
                ])
            let listed = try Row.fetchOne(database, sql: "SELECT number, proved FROM pack WHERE id = ?", arguments: [pack.id.digest.data])
            guard let listed, let short = UInt32(exactly: listed[0] as Int64) else {
                throw TenonError(.internal, "the catalog has run out of pack numbers")
            }
            pack.number = short
            pack.isProved = listed[1]
            pack.generation = generation
            return pack
        }
    }

    /// Stamps packs that a snapshot relies on with the present generation. Returns the numbers of those that are not listed any more.
    static func stamp(_ numbers: some Collection<UInt32>, in database: Database) throws -> [UInt32] {
        let generation = try generation(database)
        var gone: [UInt32] = []
        for number in numbers {
            // A row that has the stamp already is not written again, so a small change stays a small transaction.
            let statement = try database.cachedStatement(sql: "SELECT generation FROM pack WHERE number = ?")
            let present = try Int64.fetchOne(statement, arguments: [Int64(number)])
            guard let present else {
                gone.append(number)
                continue
            }
            guard present != generation else { continue }
            try database.execute(sql: "UPDATE pack SET generation = ? WHERE number = ?", arguments: [generation, Int64(number)])
        }
        return gone
    }

    /// Notes that each object of a pack has its id.
    func markProved(_ number: UInt32) throws {
        try write { try $0.execute(sql: "UPDATE pack SET proved = 1 WHERE number = ?", arguments: [Int64(number)]) }
    }

    /// Unlists packs. Snapshots may have relied on them, so none counts as proven any more.
    func unlist(_ numbers: [UInt32]) throws {
        guard !numbers.isEmpty else { return }
        try write { database in
            for number in numbers { try Catalog.remove(number, in: database) }
            try Catalog.doubtSnapshots(database)
        }
    }

    /// Takes one pack off the list, with its marks, inside a transaction.
    static func remove(_ number: UInt32, in database: Database) throws {
        try database.execute(sql: "DELETE FROM pack WHERE number = ?", arguments: [Int64(number)])
    }

    /// Lets the numbers of packs go on after `number`: none is used again while something may still hold one of an earlier catalog.
    func continueNumbers(after number: UInt32) throws {
        try write { database in
            // https://www.sqlite.org/autoinc.html: an ordinary table, in which the largest number so far may be set.
            try database.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('pack', ?)", arguments: [Int64(number)])
        }
    }

    /// The present sweep generation.
    static func generation(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT value FROM state WHERE key = 'generation'") ?? 0
    }

    // MARK: Damage

    func damagedBlocks() throws(TenonError) -> [BlockAddress] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT pack, block FROM damaged ORDER BY pack, block").map { row in
                BlockAddress(pack: UInt32(truncatingIfNeeded: row[0] as Int64), block: UInt32(truncatingIfNeeded: row[1] as Int64))
            }
        }
    }

    /// Notes that a block can't be trusted any more.
    func markDamaged(_ address: BlockAddress) throws {
        try write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO damaged (pack, block) SELECT number, ? FROM pack WHERE number = ?",
                arguments: [Int64(address.block), Int64(address.pack)])
            try Catalog.doubtSnapshots(database)
        }
    }

    /// Takes marks back: the blocks have been read and are right.
    func clearDamage(_ addresses: [BlockAddress]) throws {
        guard !addresses.isEmpty else { return }
        try write { database in
            for address in addresses {
                try database.execute(
                    sql: "DELETE FROM damaged WHERE pack = ? AND block = ?", arguments: [Int64(address.pack), Int64(address.block)])
            }
        }
    }

    static func doubtSnapshots(_ database: Database) throws {
        try database.execute(sql: "UPDATE snapshot SET proven = 0 WHERE proven <> 0")
    }

    // MARK: State

    func state(_ key: String) throws(TenonError) -> Int64? {
        try read { try Int64.fetchOne($0, sql: "SELECT value FROM state WHERE key = ?", arguments: [key]) }
    }

    func removeState(_ key: String) throws {
        try write { try $0.execute(sql: "DELETE FROM state WHERE key = ?", arguments: [key]) }
    }

    func setState(_ key: String, _ value: Int64) throws {
        try write { try $0.execute(sql: "INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", arguments: [key, value]) }
    }
}
