import GRDB

/// The tables of the catalog, and how older ones become the present ones.
enum CatalogSchema {
    /// Stands in `PRAGMA user_version`; a catalog with a higher one was written by a newer Tenon.
    static let version = 4
    /// The first release of Tenon that reads this version; named to whoever comes with an older one.
    static let release = "0.1.0"

    /// Brings a catalog of an older version, or an empty one, to the present version.
    static func migrate(_ database: Database) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if found < 1 { try database.execute(sql: first) }
        if found < 2 { try database.execute(sql: records) }
        if found < 3 { try database.execute(sql: stages) }
        if found < 4 { try database.execute(sql: unproved) }
        if found < version {
            try database.execute(
                sql: "INSERT OR REPLACE INTO state (key, value) VALUES ('release', ?)", arguments: [release])
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    private static let first = """
        CREATE TABLE pack (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
            bytes INTEGER NOT NULL,
            content INTEGER NOT NULL,
            raw_bytes INTEGER NOT NULL,
            blocks INTEGER NOT NULL,
            chunks INTEGER NOT NULL,
            generation INTEGER NOT NULL
        ) STRICT;
        -- proven = 0: a pack or block was lost since, so whether all its bytes are there must be looked up.
        CREATE TABLE snapshot (
            kind TEXT NOT NULL,
            oid BLOB NOT NULL CHECK (length(oid) = 32),
            manifest BLOB NOT NULL,
            executable INTEGER NOT NULL,
            size INTEGER NOT NULL,
            files INTEGER,
            time INTEGER NOT NULL,
            record BLOB NOT NULL,
            proven INTEGER NOT NULL,
            PRIMARY KEY (kind, oid, manifest, executable)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE damaged (
            pack INTEGER NOT NULL REFERENCES pack (number) ON DELETE CASCADE,
            block INTEGER NOT NULL,
            PRIMARY KEY (pack, block)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE saved_state (
            id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
            time INTEGER NOT NULL,
            record BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE state (
            key TEXT NOT NULL PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Version 2: run records and others, and the content that they are about.
    private static let records = """
        CREATE TABLE record (
            id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
            type TEXT NOT NULL,
            time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE record_link (
            oid BLOB NOT NULL CHECK (length(oid) = 32),
            kind TEXT NOT NULL,
            role INTEGER NOT NULL,
            record BLOB NOT NULL REFERENCES record (id) ON DELETE CASCADE,
            PRIMARY KEY (oid, kind, role, record)
        ) STRICT, WITHOUT ROWID;
        """

    /// Version 3: runs of stages, found by what they do and by the stage's name.
    private static let stages = """
        -- made: a hash of the outputs; NULL where nothing may be concluded from the run.
        CREATE TABLE stage_run (
            record BLOB NOT NULL PRIMARY KEY REFERENCES record (id) ON DELETE CASCADE,
            key BLOB NOT NULL CHECK (length(key) = 32),
            name TEXT NOT NULL,
            made BLOB CHECK (made IS NULL OR length(made) = 32)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX stage_run_key ON stage_run (key, made);
        CREATE INDEX stage_run_name ON stage_run (name);
        """

    /// Version 4: packs whose every object is known to have its id, and files whose recipes came from elsewhere and have not been proved.
    private static let unproved = """
        CREATE TABLE unproved (
            oid BLOB NOT NULL PRIMARY KEY CHECK (length(oid) = 32)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE pack ADD COLUMN proved INTEGER NOT NULL DEFAULT 0;
        """
}
