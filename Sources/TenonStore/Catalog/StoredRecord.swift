import TenonCore
import TenonFormat

/// A record with its identity.
package struct StoredRecord: Hashable, Sendable {
    /// SHA-256 of the record's bytes.
    package let id: RunID
    package let statement: Statement

    package init(_ statement: Statement) {
        self.statement = statement
        id = RunID(SHA256Hasher.hash(statement.bytes))
    }

    /// Reads a record. Throws `corrupt` for bytes that are none.
    init(parsing bytes: [UInt8]) throws(TenonError) {
        statement = try Statement(parsing: bytes)
        id = RunID(SHA256Hasher.hash(bytes))
    }
}
