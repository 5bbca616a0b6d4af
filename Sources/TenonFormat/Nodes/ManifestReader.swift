import TenonCore

/// Reads the manifest of a directory, node by node as needed; each is checked by its hash and by every rule of the format.
///
/// Throws `corrupt` that names the node and the rule it breaks, and whatever `fetch` throws.
package struct ManifestReader {
    package let root: NodeID
    private let fetch: (NodeID) throws -> [UInt8]

    /// `fetch` gives the bytes of a node; they need not be checked.
    package init(root: NodeID, fetch: @escaping (NodeID) throws -> [UInt8]) {
        self.root = root
        self.fetch = fetch
    }

    /// Before the first entry.
    package func cursor() throws -> ManifestCursor {
        try ManifestCursor(root: root, fetch: fetch)
    }

    /// Number of entries and sum of their sizes, from the root alone: proved only once all entries have been read.
    package func totals() throws -> (entryCount: UInt64, size: UInt64) {
        let shape = try cursor().rootShape
        return (shape.entryCount, shape.size)
    }

    /// All entries, in byte order of their paths.
    package func forEach(_ body: (ManifestEntry) throws -> Void) throws {
        var cursor = try cursor()
        while let entry = try cursor.next() { try body(entry) }
    }

    /// The entry at `path`, reading one node a level; `nil` if there is none.
    package func lookup(_ path: some Collection<UInt8>) throws -> ManifestEntry? {
        var cursor = try cursor()
        try cursor.seek(path)
        guard let entry = try cursor.next(), entry.path.elementsEqual(path) else { return nil }
        return entry
    }

    /// The entry at `prefix`, if it is one, and all below it; all entries for an empty prefix.
    package func list(_ prefix: some Collection<UInt8>, _ body: (ManifestEntry) throws -> Void) throws {
        if prefix.isEmpty { return try forEach(body) }
        if let entry = try lookup(prefix) {
            // An entry has nothing below it.
            return try body(entry)
        }
        var cursor = try cursor()
        let below = Array(prefix) + [UInt8(ascii: "/")]
        try cursor.seek(below)
        while let entry = try cursor.next(), entry.path.starts(with: below) { try body(entry) }
    }

    /// Whether `path` names an entry or a directory that has entries below it.
    package func contains(_ path: some Collection<UInt8>) throws -> Bool {
        var cursor = try cursor()
        try cursor.seek(path)
        if let entry = try cursor.next(), entry.path.elementsEqual(path) { return true }
        let below = Array(path) + [UInt8(ascii: "/")]
        cursor = try self.cursor()
        try cursor.seek(below)
        return try cursor.next()?.path.starts(with: below) ?? false
    }
}
