import TenonCore
import Testing

@testable import TenonFormat

struct RecordTests {
    private var pointer: Pointer {
        let digest = SHA256Hasher.hash(Array("content".utf8))
        return .tree(oid: OID(digest), size: 7, files: 1, manifest: NodeID(digest), run: RunID(digest))
    }

    private func savedState() throws -> SavedStateRecord {
        try SavedStateRecord(
            repository: "7f3a-1", workTree: Array("/home/a b/100%\n\u{E9}".utf8) + [0xFF], artifact: try RelativePath("data/r\u{E4}w"),
            time: 1_700_000_000_001, pointer: pointer)
    }

    @Test("a snapshot record keeps content and time, and nothing else")
    func snapshot() throws {
        let record = SnapshotRecord(content: pointer, time: 1_700_000_000_000)
        #expect(try SnapshotRecord(parsing: record.bytes) == record)
        #expect(record.content.run == nil)
        #expect(try Golden.bytes("snapshot.record") == record.bytes)
        let withRun = record.bytes + Array("run \(RunID(pointer.oid.digest))\n".utf8)
        #expect(throws: TenonError.self) { try SnapshotRecord(parsing: withRun) }
    }

    @Test("a saved state keeps paths in any encoding")
    func saved() throws {
        let record = try savedState()
        #expect(try SavedStateRecord(parsing: record.bytes) == record)
        #expect(try Golden.bytes("saved-state.record") == record.bytes)
        #expect(throws: TenonError.self) {
            try SavedStateRecord(
                repository: "A", workTree: record.workTree, artifact: record.artifact, time: 0, pointer: pointer)
        }
        #expect(throws: TenonError.self) {
            try SavedStateRecord(repository: "a", workTree: Array("relative".utf8), artifact: record.artifact, time: 0, pointer: pointer)
        }
    }

    @Test("every truncation and every changed byte is refused, or is another record in its one encoding")
    func damage() throws {
        let snapshot = SnapshotRecord(content: pointer, time: 12).bytes
        let saved = try savedState().bytes
        for bytes in [snapshot, saved] {
            for length in 0..<bytes.count { check(Array(bytes[..<length])) }
            for position in bytes.indices {
                for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                    var damaged = bytes
                    damaged[position] ^= mask
                    check(damaged)
                }
            }
        }
    }

    private func check(_ bytes: [UInt8]) {
        if let record = try? SnapshotRecord(parsing: bytes) { #expect(record.bytes == bytes) }
        if let record = try? SavedStateRecord(parsing: bytes) { #expect(record.bytes == bytes) }
    }
}
