import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

@Suite struct StoreFsckTests {
    private let fixture = StoreFixture()
    private let file = SampleFile(200_000, seed: 41)

    private func fsck(_ store: Store, _ options: FsckOptions) throws -> (FsckReport, [StoreFinding]) {
        var findings: [StoreFinding] = []
        let report = try store.fsck(options, progress: { _ in }, finding: { findings.append($0) })
        #expect(report.findings == findings.count)
        return (report, findings)
    }

    private func flip(_ path: String, at offset: off_t) {
        let descriptor = Glibc.open(path, O_RDWR)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        _ = pread(descriptor, &byte, 1, offset)
        byte ^= 0x40
        _ = pwrite(descriptor, &byte, 1, offset)
    }

    @Test(arguments: [FsckOptions(), FsckOptions(read: true), FsckOptions(rebuild: true)])
    func aSoundStoreHasNoFindings(options: FsckOptions) throws {
        try fixture.withStore { store in
            try file.store(in: store)
            let (report, findings) = try fsck(store, options)
            #expect(findings.isEmpty)
            #expect(report.packs == 1 && report.snapshots == 1 && report.chunks > 9)
            try #expect(file.read(from: store) == file.content)
            try #expect(store.hasContent(file.pointer))
        }
    }

    @Test func readingFindsAFlippedByteAndTheNextIngestHeals() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            flip(try #require(fixture.packs.first), at: 9000)
            #expect(try fsck(store, FsckOptions()).1.isEmpty)
            let findings = try fsck(store, FsckOptions(read: true)).1
            #expect(findings.contains { $0.subject.hasPrefix("block 0 of pack ") })
            #expect(findings.contains { $0.detail.hasSuffix("which is not its name") })
            #expect(findings.contains { $0.subject == "snapshot \(file.oid)" })
            try file.store(in: store)
            try #expect(file.read(from: store) == file.content)
            #expect(!(try fsck(store, FsckOptions()).1.contains { $0.subject.hasPrefix("snapshot") }))
        }
    }

    @Test func aMarkOnABlockThatReadsWellIsTakenBack() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            let path = try #require(fixture.packs.first)
            flip(path, at: 9000)
            _ = try fsck(store, FsckOptions(read: true))
            try #expect(store.statistics().damagedBlocks == 1)
            flip(path, at: 9000)
            #expect(try fsck(store, FsckOptions(read: true)).1.isEmpty)
            try #expect(store.statistics().damagedBlocks == 0)
            try #expect(store.hasContent(file.pointer))
        }
    }

    @Test func aRebuildMarksWhatIsDamaged() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            flip(try #require(fixture.packs.first), at: 9000)
            let findings = try fsck(store, FsckOptions(rebuild: true)).1
            #expect(!findings.isEmpty)
            try #expect(store.statistics().damagedBlocks == 1)
            try #expect(!store.hasContent(file.pointer))
            try file.store(in: store)
            try #expect(store.hasContent(file.pointer))
        }
    }

    @Test func aSectorThatCantBeReadIsAFindingAndTheCheckGoesOn() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            let path = try #require(fixture.packs.first)
            let other = SampleFile(50_000, seed: 42)
            try other.store(in: store)
            fixture.faults.setUnreadable(8192..<12_288, of: path)
            let (report, findings) = try fsck(store, FsckOptions(read: true))
            #expect(report.packs == 2 && report.snapshots == 2)
            #expect(findings.contains { $0.subject.hasPrefix("block 0 of pack ") })
            #expect(findings.contains { $0.subject.hasPrefix("pack ") && $0.detail.contains("can't read") })
            #expect(findings.filter { $0.subject.hasPrefix("snapshot ") }.map(\.subject) == ["snapshot \(file.oid)"])
        }
    }

    @Test func aRebuildLeavesWritersAlone() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            let draft = try store.draftPack(of: [1])
            let other = SampleFile(50_000, seed: 42)
            let session = try store.beginWrite()
            try other.append(to: session)
            let error = #expect(throws: TenonError.self) { try store.fsck(FsckOptions(rebuild: true), progress: { _ in }, finding: { _ in }) }
            #expect(error?.code == .busy)
            try session.commit([SnapshotRow(content: other.pointer, time: 1)])
            let aborted = try store.beginWrite()
            aborted.abort()
            #expect(try fsck(store, FsckOptions(rebuild: true)).1.isEmpty)
            // What is made for a remote is still there.
            try draft.finish().discard(from: store)
            try #expect(store.snapshots().count == 2)
            for file in [file, other] { try #expect(file.read(from: store) == file.content) }
        }
    }

    @Test func nothingIsWrittenDuringARebuild() throws {
        try fixture.withStore { store in
            let error = #expect(throws: TenonError.self) { try store.writerGate.withoutSessions { try store.beginWrite() } }
            #expect(error?.code == .busy)
            try file.store(in: store)
        }
    }

    @Test func nothingIsLookedUpDuringARebuildWhichWaitsForWhatIs() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            let error = #expect(throws: TenonError.self) { try store.writerGate.withoutSessions { try store.reading {} } }
            #expect(error?.code == .busy)
            let refused = #expect(throws: TenonError.self) { try store.reading { try fsck(store, FsckOptions(rebuild: true)) } }
            #expect(refused?.code == .busy)
            #expect(try fsck(store, FsckOptions(rebuild: true)).1.isEmpty)
            #expect(try store.reading { try store.hasContent(file.pointer) })
        }
    }

    @Test func aMissingPackIsFound() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            unlink(try #require(fixture.packs.first))
            #expect(!(try fsck(store, FsckOptions()).1.isEmpty))
            try #expect(!store.hasContent(file.pointer))
        }
    }

    @Test func progressMayStopIt() throws {
        try fixture.withStore { store in
            try file.store(in: store)
            #expect(throws: TenonError.self) {
                try store.fsck(FsckOptions(), progress: { _ in throw TenonError(.cancelled, "stop") }, finding: { _ in })
            }
        }
    }
}
