import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

@Suite struct RepositoryFileTests {
    private let record = RepositoryRecord(
        id: "a1-b2", paths: [Array("/home/x/.git".utf8), [0x2F, 0xFF, 0x0A]],
        roots: [
            RepositoryRoot(kind: .file, oid: OID(SHA256Hasher.hash([1]))),
            RepositoryRoot(kind: .tree, oid: OID(SHA256Hasher.hash([2])), manifest: NodeID(SHA256Hasher.hash([3]))),
        ])

    @Test func aRecordReadsBack() throws {
        let read = try RepositoryFile.parse(RepositoryFile.bytes(of: record), id: record.id)
        #expect(read.paths == record.paths)
        #expect(Set(read.roots) == Set(record.roots))
    }

    @Test func anyFlippedByteIsNoticed() throws {
        let good = RepositoryFile.bytes(of: record)
        for index in good.indices {
            var bad = good
            bad[index] ^= 1
            #expect(throws: TenonError.self) { try RepositoryFile.parse(bad, id: record.id) }
        }
    }

    @Test func anyTruncationIsNoticed() throws {
        let good = RepositoryFile.bytes(of: record)
        for count in good.indices {
            #expect(throws: TenonError.self) { try RepositoryFile.parse(Array(good[..<count]), id: record.id) }
        }
    }

    @Test func theStoreKeepsAndForgetsRecords() throws {
        let fixture = StoreFixture()
        try fixture.withStore { try $0.register(record) }
        try fixture.withStore { store in
            try #expect(store.repositories().map(\.id) == [record.id])
            try #expect(store.repository(record.id)?.paths == record.paths)
            try #expect(store.repository("other") == nil)
            #expect(throws: TenonError.self) { try store.register(RepositoryRecord(id: "../x", paths: [])) }
            try store.forget(repository: record.id)
            try #expect(store.repositories().isEmpty)
        }
    }
}
