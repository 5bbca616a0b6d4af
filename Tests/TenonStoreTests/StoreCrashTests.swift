import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Every call of the file-system layer fails once, in turn, during an ingest; then the store is opened again and must keep its promises.
@Suite struct StoreCrashTests {
    private let first = SampleFile(15_000, seed: 21, pieceLength: 5000)
    private let second = SampleFile(100_000, seed: 22, pieceLength: 5000)

    @Test(arguments: [(EIO, FaultPlan.Extent.once), (ENOSPC, .once), (EIO, .crash)])
    func anIngestThatFailsAnywhereLosesNothing(error: Int32, extent: FaultPlan.Extent) throws {
        var number = 0
        var fired = true
        while fired {
            number += 1
            #expect(number < 500, "the ingest never ends without the fault")
            let fixture = StoreFixture()
            try fixture.withStore { try first.store(in: $0) }
            var acknowledged = false
            // A block has 40,000 bytes: two packs.
            let store = try fixture.open { $0.packTarget = 64 << 10 }
            fixture.faults.arm(failing: number, error: error, extent: extent)
            do {
                try second.store(in: store)
                #expect(fixture.packs.count == 3)
                acknowledged = true
            } catch is TenonError {}
            fired = fixture.faults.hasFired
            store.close()
            fixture.faults.arm(failing: nil)
            try check(fixture, acknowledged: acknowledged, "fault at call \(number)")
        }
        #expect(number > 10)
    }

    private func check(_ fixture: StoreFixture, acknowledged: Bool, _ comment: Comment) throws {
        try fixture.withStore { store in
            try #expect(first.read(from: store) == first.content, comment)
            if try store.hasContent(second.pointer) {
                try #expect(second.read(from: store) == second.content, comment)
            } else {
                #expect(!acknowledged, comment)
            }
            #expect(!fixture.names("packs").contains { $0.hasSuffix(".tmp") }, comment)
            try expectTruthful(store, comment)
            // The same ingest works now.
            try second.store(in: store)
            try #expect(second.read(from: store) == second.content, comment)
        }
    }

    /// What the catalog lists must be there, and what the index claims must read back.
    private func expectTruthful(_ store: Store, _ comment: Comment) throws {
        var findings: [StoreFinding] = []
        _ = try store.fsck(FsckOptions(read: true), progress: { _ in }, finding: { findings.append($0) })
        #expect(findings.isEmpty, comment)
        for piece in second.pieces {
            let key = ObjectKey(type: .data, id: SHA256Hasher.hash(Array(piece)))
            if store.contains(key) { try #expect(store.read(key) == Array(piece), comment) }
        }
    }

    @Test func aPackIsSyncedBeforeItIsNamedAndNamedBeforeItCounts() throws {
        let fixture = StoreFixture()
        let store = try fixture.open()
        defer { store.close() }
        fixture.faults.arm(failing: nil)
        try first.store(in: store)
        let kinds = fixture.faults.recorded.compactMap { operation -> String? in
            switch operation {
            case .write: nil
            case .create: "create"
            case .synchronize: "sync"
            case .rename: "rename"
            case .synchronizeDirectory, .synchronizeFileSystem: "sync directory"
            case .commitCatalog: "commit"
            case .catalogCommitted: "committed"
            case .makeDirectory, .remove: "other"
            }
        }
        #expect(kinds == ["create", "sync", "rename", "sync directory", "commit", "committed"])
    }

    @Test func aSyncThatFailedCondemnsItsFile() throws {
        let fixture = StoreFixture()
        try fixture.withStore { store in
            fixture.faults.arm(failing: 3)
            let file = try FileSystem(faults: fixture.faults).create(store.home + "/packs/x.tmp")
            try file.write([1, 2, 3])
            #expect(throws: TenonError.self) { try file.synchronize() }
            fixture.faults.arm(failing: nil)
            // Linux would call the next one a success.
            #expect(throws: TenonError.self) { try file.synchronize() }
            #expect(throws: TenonError.self) { try file.write([4]) }
        }
    }

    @Test func whatWasNotSyncedIsNotNeeded() throws {
        // A power cut just after the reply: all that was written and not synced is gone, and every name that no directory sync covered.
        let fixture = StoreFixture()
        let store = try fixture.open { $0.packTarget = 64 << 10 }
        fixture.faults.arm(failing: nil)
        try second.store(in: store)
        let recorded = fixture.faults.recorded
        store.close()
        var unsynced: [String: Bool] = [:]
        for operation in recorded {
            switch operation {
            case .write(let path, _): unsynced[path] = true
            case .synchronize(let path): unsynced[path] = false
            case .rename(let path, let target): unsynced[target] = unsynced.removeValue(forKey: path)
            default: break
            }
        }
        for (path, isUnsynced) in unsynced where isUnsynced { truncate(path, 0) }
        for name in fixture.names("index") { truncate("\(fixture.home)/index/\(name)", 10) }
        fixture.faults.arm(failing: nil)
        try fixture.withStore { store in
            try #expect(store.hasContent(second.pointer))
            try #expect(second.read(from: store) == second.content)
        }
    }
}
