import Dispatch
import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

@Suite struct StoreTests {
    let fixture = StoreFixture()

    @Test func whatIsCommittedReadsBackAfterReopening() throws {
        let files = [SampleFile(10, seed: 1), SampleFile(300_000, seed: 2), SampleFile(1_000_000, seed: 3)]
        try fixture.withStore { store in
            for file in files {
                try file.store(in: store)
                try #expect(store.hasContent(file.pointer))
                try #expect(file.read(from: store) == file.content)
            }
        }
        try fixture.withStore { store in
            for file in files {
                try #expect(store.hasContent(file.pointer))
                try #expect(file.read(from: store) == file.content)
            }
            try #expect(store.snapshots().count == 3)
            try #expect(store.statistics().packs == fixture.packs.count)
        }
    }

    @Test func theSameBytesAreStoredOnce() throws {
        let file = SampleFile(500_000, seed: 4)
        try fixture.withStore { store in
            try file.store(in: store)
            let before = fixture.packs
            try file.store(in: store)
            #expect(fixture.packs == before)
            try #expect(store.snapshots().count == 1)
        }
    }

    @Test func aSmallSessionMakesOnePack() throws {
        try fixture.withStore { store in
            try SampleFile(100_000, seed: 5).store(in: store)
            #expect(fixture.packs.count == 1)
        }
    }

    @Test func fullPacksAreSealedOneAfterAnother() throws {
        try fixture.withStore { store in
            try SampleFile(1_500_000, seed: 6).store(in: store)
            let statistics = try store.statistics()
            #expect(statistics.packs >= 5)
            #expect(statistics.rawBytes >= 1_500_000)
            #expect(statistics.trackedBytes == 1_500_000)
        }
    }

    @Test func anAbortedSessionLeavesNoTemporaryFileAndNoSnapshot() throws {
        let file = SampleFile(2_500_000, seed: 7)
        try fixture.withStore { store in
            let session = try store.beginWrite()
            try file.append(to: session)
            session.abort()
            #expect(throws: TenonError.self) { try session.commit([]) }
            try #expect(store.snapshots().isEmpty)
            #expect(!fixture.names("packs").contains { $0.hasSuffix(".tmp") })
            // What was complete is reused.
            let kept = fixture.packs.count
            try file.store(in: store)
            #expect(kept >= 1)
            try #expect(store.statistics().rawBytes < 2_600_000)
            try #expect(file.read(from: store) == file.content)
        }
    }

    @Test func aClaimIsNewOncePerSession() throws {
        try fixture.withStore { store in
            let key = ObjectKey(type: .data, id: SHA256Hasher.hash([1]))
            let session = try store.beginWrite()
            #expect(session.claim(key) == .new)
            #expect(session.claim(key) == .pending)
            session.abort()
        }
    }

    @Test func anObjectOfOneTypeIsNeverTakenForAnother() throws {
        try fixture.withStore { store in
            let file = SampleFile(1000, seed: 8)
            try file.store(in: store)
            #expect(store.contains(ObjectKey(type: .data, id: file.oid.digest)))
            #expect(!store.contains(ObjectKey(type: .node, id: file.oid.digest)))
        }
    }

    @Test func aSecondOpenerIsTurnedAway() throws {
        try fixture.withStore { _ in
            let error = #expect(throws: TenonError.self) { try fixture.open() }
            #expect(error?.code == .busy)
            #expect(error?.cause == "process \(getpid()) has it open")
        }
        try fixture.withStore { _ in }
    }

    @Test func aStoreThatOthersMayWriteToIsRefused() throws {
        try fixture.withStore { _ in }
        chmod(fixture.home, 0o770)
        let error = #expect(throws: TenonError.self) { try fixture.open() }
        #expect(error?.code == .permission)
        chmod(fixture.home, 0o700)
        try fixture.withStore { _ in }
    }

    @Test func itsDirectoryIsForItsOwnerAlone() throws {
        try fixture.withStore { store in
            var information = stat()
            stat(store.home, &information)
            #expect(information.st_mode & 0o777 == 0o700)
        }
    }

    @Test func itKeepsItsIdentifier() throws {
        let first = try fixture.withStore { $0.id }
        try #expect(fixture.withStore { $0.id } == first)
        #expect(first.count == 32)
    }

    @Test func networkFileSystemsAreNamed() {
        #expect(MountPoint.unfitName("nfs4") == "NFS")
        #expect(MountPoint.unfitName("fuse.sshfs") == "FUSE (sshfs)")
        #expect(MountPoint.unfitName("ext4") == nil)
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - cifs //host/share rw,errors=continue"
        #expect(MountPoint.type(inMountInfo: line[...]) == "cifs")
    }

    @Test func belowTheKeptSpaceNothingIsWritten() throws {
        let store = try fixture.open { $0.keepFree = 1 }
        defer { store.close() }
        let error = #expect(throws: TenonError.self) { try store.beginWrite() }
        #expect(error?.code == .noSpace)
    }

    @Test func aCatalogOfANewerTenonIsRefusedByName() throws {
        try fixture.withStore { store in
            try store.catalog.write { database in
                try database.execute(sql: "UPDATE state SET value = '9.4.0' WHERE key = 'release'")
                try database.execute(sql: "PRAGMA user_version = 99")
            }
        }
        let error = #expect(throws: TenonError.self) { try fixture.open() }
        #expect(error?.code == .unsupportedVersion)
        #expect(error?.hint == "install Tenon 9.4.0 or later")
    }

    @Test func manyThreadsWriteAndRead() throws {
        try fixture.withStore { store in
            let files = (0..<8).map { SampleFile(700_000, seed: UInt64(100 + $0)) }
            DispatchQueue.concurrentPerform(iterations: files.count) { index in
                do {
                    try files[index].store(in: store)
                    try #expect(files[index].read(from: store) == files[index].content)
                } catch {
                    Issue.record(error)
                }
            }
            try #expect(store.snapshots().count == 8)
        }
    }

    @Test func savedStatesAreListedForThirtyDays() throws {
        let file = SampleFile(100, seed: 9)
        let day: UInt64 = 24 * 60 * 60 * 1000
        try fixture.withStore { store in
            let session = try store.beginWrite()
            try file.append(to: session)
            let states = try [1, 29, 31].map { age in
                try SavedStateRecord(
                    repository: "r", workTree: Array("/w".utf8), artifact: RelativePath("a\(age)"), time: store.options.now() - age * day,
                    pointer: file.pointer)
            }
            try session.commit([], savedStates: states)
            try #expect(store.savedStates().map { $0.record.artifact.description } == ["a1", "a29"])
        }
    }

    @Test func oneStartUnderAWrongClockDropsNoSavedState() throws {
        let file = SampleFile(100, seed: 9)
        let hour: UInt64 = 60 * 60 * 1000
        let saved = fixture.options.now()
        try fixture.withStore { store in
            let session = try store.beginWrite()
            try file.append(to: session)
            let state = try SavedStateRecord(
                repository: "r", workTree: Array("/w".utf8), artifact: RelativePath("a"), time: saved, pointer: file.pointer)
            try session.commit([], savedStates: [state])
        }
        func start(at time: UInt64) throws { try fixture.open { $0.now = { time } }.close() }
        func isKept() throws -> Bool { try fixture.withStore { try !$0.savedStates().isEmpty } }
        for hours: UInt64 in [40 * 24, 40 * 24 + 1] { try start(at: saved + hours * hour) }
        #expect(try isKept())
        // Another wrong one later proves nothing: the clock was right between.
        try start(at: saved + 45 * 24 * hour)
        #expect(try isKept())
        // What is overdue goes when a day has passed.
        for hours: UInt64 in [31 * 24, 31 * 24 + 23, 32 * 24] { try start(at: saved + hours * hour) }
        #expect(try !isKept())
    }
}

@Suite struct SmallPackMergeTests {
    private let fixture = StoreFixture()
    private let files = (0..<12).map { SampleFile(30_000 + 1000 * $0, seed: UInt64(200 + $0)) }

    @Test func tenSmallPacksBecomeFewAndAllReadsBack() throws {
        try fixture.withStore { store in
            for file in files { try file.store(in: store) }
            store.maintenance.sync {}
            #expect(fixture.packs.count < 10)
            try #expect(store.statistics().packs == fixture.packs.count)
            for file in files {
                try #expect(store.hasContent(file.pointer))
                try #expect(file.read(from: store) == file.content)
            }
            var findings: [StoreFinding] = []
            _ = try store.fsck(FsckOptions(read: true), progress: { _ in }, finding: { findings.append($0) })
            #expect(findings.isEmpty)
        }
        try fixture.withStore { store in
            for file in files { try #expect(file.read(from: store) == file.content) }
            try #expect(store.snapshots().count == files.count)
        }
    }

    @Test func aSessionThatReusesAMergedPackReliesOnWhatTookItsPlace() throws {
        try fixture.withStore { store in
            for file in files.prefix(9) { try file.store(in: store) }
            let session = try store.beginWrite()
            try files[0].append(to: session)
            try files[9].store(in: store)
            store.maintenance.sync {}
            #expect(fixture.packs.count < 9)
            // Of what a sweep of this generation may take, there is nothing that the session relies on.
            try store.catalog.setState("generation", 7)
            try session.commit([SnapshotRow(content: files[0].pointer, time: 1)])
            let location = try #require(store.location(of: ObjectKey(type: .recipe, id: files[0].oid.digest)))
            #expect(try store.catalog.packs().first { $0.number == location.pack }?.generation == 7)
            try #expect(files[0].read(from: store) == files[0].content)
        }
        try fixture.withStore { store in
            #expect(store.isStored(files[0].pointer))
            try #expect(files[0].read(from: store) == files[0].content)
        }
    }

    @Test func aMergeThatMeetsDamageLeavesNothingBehindAndIsNotTriedAgainWithIt() throws {
        try fixture.withStore { store in
            for file in files.prefix(9) { try file.store(in: store) }
            let row = try #require(store.state.withLock { $0.packs.values.min { $0.number < $1.number } })
            let path = "\(fixture.home)/packs/\(row.id.digest.hex).pack"
            let footer = try store.reader(row).footer
            // Met only after the data of all packs is copied.
            let block = try #require((0..<footer.blockCount).map(footer.block).first { $0.type != .data })
            // In place: the store has the file open.
            let descriptor = Glibc.open(path, O_RDWR)
            let place = off_t(block.offset + block.headLength) + 1
            var byte: UInt8 = 0
            try #require(pread(descriptor, &byte, 1, place) == 1)
            byte ^= 1
            try #require(pwrite(descriptor, &byte, 1, place) == 1)
            close(descriptor)
            for cache in [BlockType.data, .node] { store.cache(for: cache).removeAll() }
            for number in 9..<12 {
                try files[number].store(in: store)
                store.maintenance.sync {}
                try #expect(store.statistics().packs == fixture.packs.count)
                try #expect(store.statistics().damagedBlocks == 1)
            }
            #expect(fixture.packs.count < 6)
            for file in files.dropFirst() { try #expect(file.read(from: store) == file.content) }
        }
    }

    @Test func aMergeWithoutAPackThatIsGoneGoesOn() throws {
        try fixture.withStore { store in
            for file in files.prefix(9) { try file.store(in: store) }
            unlink(try #require(fixture.packs.first))
            try files[9].store(in: store)
            store.maintenance.sync {}
            #expect(fixture.packs.count < 9)
            try #expect(store.statistics().packs == fixture.packs.count)
        }
    }

    @Test func aMergeThatFailsAnywhereLosesNothing() throws {
        let files = (0..<9).map { SampleFile(2000 + 100 * $0, seed: UInt64(300 + $0), pieceLength: 1000) }
        var number = 0
        var fired = true
        while fired {
            number += 1
            let fixture = StoreFixture()
            try fixture.withStore { store in
                for file in files { try file.store(in: store) }
            }
            let store = try fixture.open()
            let rows = store.state.withLock { Array($0.packs.values) }
            fixture.faults.arm(failing: number, error: EIO, extent: .crash)
            try? SmallPackMerge(store: store).merge(rows)
            fired = fixture.faults.hasFired
            store.close()
            fixture.faults.arm(failing: nil)
            try fixture.withStore { store in
                for file in files {
                    try #expect(store.hasContent(file.pointer), "fault at call \(number)")
                    try #expect(file.read(from: store) == file.content, "fault at call \(number)")
                }
            }
        }
        #expect(number > 5)
    }
}
