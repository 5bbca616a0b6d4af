import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

struct StoreRecordTests {
    private func record(_ number: UInt64, output: [UInt8]) -> StoredRecord {
        let content = RecordedContent(
            path: Array("model".utf8), pointer: .file(oid: OID(SHA256Hasher.hash(output)), size: UInt64(output.count)))
        let definition = RunDefinition(
            invocation: "i\(number)", name: nil, command: [Array("true".utf8)], directory: [], parameters: [], outputs: [], metrics: [], inputs: [],
            code: .init(commit: nil), environment: .object([:]))
        return StoredRecord(
            RunRecord(definition: definition, outputs: [content], ending: .exited(0), started: number, finished: number, release: "1").statement)
    }

    private func link(_ output: [UInt8]) -> RecordLink {
        RecordLink(kind: .file, oid: OID(SHA256Hasher.hash(output)), role: .subject)
    }

    @Test func `records are found by what they are about, the earliest first, also in a store made again from its packs`() throws {
        let fixture = StoreFixture()
        let (late, early, other) = (record(2, output: [1]), record(1, output: [1]), record(3, output: [2]))
        func check(_ store: Store) throws {
            #expect(try store.records(link([1])) == [early.id, late.id])
            #expect(try store.records(link([2]), type: RunRecord.predicateType) == [other.id])
            #expect(try store.records(link([2]), type: "other").isEmpty)
            #expect(try store.records(kind: .file, role: .subject, type: RunRecord.predicateType) == [early.id, late.id, other.id])
            #expect(try store.records(kind: .file, role: .subject, type: "other").isEmpty)
            #expect(try store.records(kind: .tree, role: .subject, type: RunRecord.predicateType).isEmpty)
            #expect(try store.records(kind: .file, role: .input, type: RunRecord.predicateType).isEmpty)
            #expect(try store.record(late.id) == late)
        }
        try fixture.withStore { store in
            try store.add(records: [late])
            try store.add(records: [early, other, late])
            try check(store)
            _ = try store.fsck(FsckOptions(rebuild: true), progress: { _ in }, finding: { _ in })
            try check(store)
        }
        try fixture.withStore(check)
    }

    @Test func `a record that is stored again costs nothing`() throws {
        let fixture = StoreFixture()
        try fixture.withStore { store in
            try store.add(records: [record(1, output: [1])])
            let packs = fixture.packs
            try store.add(records: [record(1, output: [1])])
            #expect(fixture.packs == packs)
        }
    }

    @Test func `a record that can't be written leaves the store as it was, and is written by the next try`() throws {
        for number in 1... {
            let fixture = StoreFixture()
            let hasFired = try fixture.withStore { store in
                fixture.faults.arm(failing: number, error: ENOSPC)
                let wasAdded = (try? store.add(records: [record(1, output: [1])])) != nil
                let hasFired = fixture.faults.hasFired
                fixture.faults.arm(failing: nil)
                #expect(try store.records().count == (wasAdded ? 1 : 0))
                try store.add(records: [record(1, output: [1])])
                #expect(try store.records(link([1])).count == 1)
                return hasFired
            }
            if !hasFired { break }
        }
    }

    @Test func `chosen files are stored as a tree of their own`() throws {
        let fixture = StoreFixture()
        let top = "/tmp/tenon-selected-\(randomName())"
        defer { removeTree(top) }
        let files = FileSystem()
        try files.makeDirectory(top)
        try files.makeDirectory(top + "/sub")
        for name in ["a.py", "sub/b.py", "sub/left-out", "c"] { try files.replace("\(top)/\(name)", with: Array(name.utf8)) }
        try fixture.withStore { store in
            let place = ArtifactPlace(workTreeRoot: top, workTreeID: "w", path: try RelativePath("code"))
            let chosen = try ["sub/b.py", "a.py", "gone.py", "sub"].map { try RelativePath($0) }
            let pointer = try #require(try store.ingest(chosen, of: place, compression: .auto, progress: ProgressSink()).content.pointer)
            var found: [String] = []
            try store.entries(of: pointer, under: nil) { found.append(String(decoding: $0.path, as: UTF8.self)) }
            #expect(found == ["a.py", "sub/b.py"])
            #expect(store.isStored(pointer))
        }
    }
}
