import TenonCore

/// What an ingest has done.
package struct IngestResult: Hashable, Sendable {
    package var content: Content
    /// Bytes read from files.
    package var readBytes: UInt64
    /// Bytes of those that the store did not have.
    package var newBytes: UInt64
    /// Bytes that the new ones take in packs.
    package var storedBytes: UInt64

    package init(content: Content, readBytes: UInt64 = 0, newBytes: UInt64 = 0, storedBytes: UInt64 = 0) {
        self.content = content
        self.readBytes = readBytes
        self.newBytes = newBytes
        self.storedBytes = storedBytes
    }
}
