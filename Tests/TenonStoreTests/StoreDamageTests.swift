import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

@Suite struct StoreDamageTests {
    private let fixture = StoreFixture()
    private let files = [SampleFile(700_000, seed: 31), SampleFile(40_000, seed: 32), SampleFile(9_000, seed: 33)]

    private func fill() throws {
        try fixture.withStore { store in
            for file in files { try file.store(in: store) }
        }
    }

    private func flip(_ path: String, at offset: Int, bit: UInt8 = 1) {
        let descriptor = Glibc.open(path, O_RDWR)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        _ = pread(descriptor, &byte, 1, off_t(offset))
        byte ^= bit
        _ = pwrite(descriptor, &byte, 1, off_t(offset))
    }

    /// The pack that holds the data, not the recipes.
    private var largestPack: String? { fixture.packs.max { size($0) < size($1) } }

    private func size(_ path: String) -> Int {
        var information = stat()
        stat(path, &information)
        return Int(information.st_size)
    }

    @Test func aFlippedByteIsNeverHandedOutAndTheNextIngestHeals() throws {
        var generator = SplitMix(state: 99)
        try fill()
        for round in 0..<40 {
            let path = try #require(fixture.packs.randomElement(using: &generator))
            let offset = Int.random(in: 0..<size(path), using: &generator)
            flip(path, at: offset, bit: 1 << UInt8.random(in: 0..<8, using: &generator))
            try fixture.withStore { store in
                for file in files {
                    do {
                        try #expect(file.read(from: store) == file.content, "round \(round)")
                    } catch let error as TenonError {
                        #expect([.corrupt, .missingContent].contains(error.code), "round \(round): \(error)")
                        try #expect(!store.hasContent(file.pointer), "round \(round)")
                    }
                }
                for file in files {
                    try file.store(in: store)
                    try #expect(file.read(from: store) == file.content, "round \(round), after the bytes were added again")
                    try #expect(store.hasContent(file.pointer), "round \(round)")
                }
            }
        }
    }

    @Test func damageNamesPackBlockAndChunk() throws {
        try fixture.withStore { try files[0].store(in: $0) }
        let path = try #require(largestPack)
        flip(path, at: 5000)
        try fixture.withStore { store in
            let error = #expect(throws: TenonError.self) { try files[0].read(from: store) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("chunk sha256:") == true)
            #expect(error?.cause?.hasPrefix("block 0 of pack ") == true)
            try #expect(store.statistics().damagedBlocks == 1)
            // Blocks beside it are read as before.
            let last = try #require(files[0].pieces.last)
            try #expect(store.read(ObjectKey(type: .data, id: SHA256Hasher.hash(Array(last)))) == Array(last))
        }
        try fixture.withStore { store in
            try #expect(store.statistics().damagedBlocks == 1)
            try #expect(!store.hasContent(files[0].pointer))
        }
    }

    @Test func anotherCopyIsUsedWhenOneIsDamaged() throws {
        try fixture.withStore { try files[2].store(in: $0) }
        flip(try #require(fixture.packs.first), at: 3000)
        try fixture.withStore { store in
            #expect(throws: TenonError.self) { try files[2].read(from: store) }
            try files[2].store(in: store)
            try #expect(files[2].read(from: store) == files[2].content)
        }
    }

    @Test func aPackWithoutItsFooterIsSalvaged() throws {
        try fill()
        let before = fixture.packs
        for path in before { truncate(path, off_t(size(path) - 100)) }
        try fixture.withStore { store in
            for file in files { try #expect(file.read(from: store) == file.content) }
            #expect(fixture.names("quarantine").filter { $0.hasSuffix(".pack") }.count == before.count)
            for file in files { try #expect(store.hasContent(file.pointer)) }
        }
    }

    @Test func aPackThatCantBeReadForAMomentStaysAsItIs() throws {
        try fill()
        let packs = fixture.packs
        try fixture.withStore { store in
            for path in packs { fixture.faults.setUnreadable(0..<UInt64.max, of: path) }
            for file in files {
                let error = #expect(throws: TenonError.self) { try file.read(from: store) }
                #expect(error?.code == .io)
            }
            var findings: [StoreFinding] = []
            _ = try store.fsck(FsckOptions(read: true), progress: { _ in }, finding: { findings.append($0) })
            #expect(findings.filter { $0.subject.hasPrefix("pack ") }.count == packs.count)
            for path in packs { fixture.faults.setUnreadable(nil, of: path) }
            for file in files {
                try #expect(file.read(from: store) == file.content)
                try #expect(store.hasContent(file.pointer))
            }
            try #expect(store.statistics().damagedBlocks == 0)
            #expect(fixture.packs == packs)
        }
    }

    @Test func aStoreOpensWithPacksThatCantBeRead() throws {
        try fill()
        let packs = fixture.packs
        for name in fixture.names("index") { unlink("\(fixture.home)/index/\(name)") }
        for path in packs { fixture.faults.setUnreadable(0..<UInt64.max, of: path) }
        try fixture.withStore { store in
            for file in files { try #expect(!store.hasContent(file.pointer)) }
        }
        for path in packs { fixture.faults.setUnreadable(nil, of: path) }
        #expect(fixture.packs == packs)
        try fixture.withStore { store in
            for file in files {
                try #expect(store.hasContent(file.pointer))
                try #expect(file.read(from: store) == file.content)
            }
        }
    }

    @Test func aBadSectorCostsOneBlockWhenItsPackIsMadeAnew() throws {
        try fixture.withStore { store in
            try files[0].store(in: store)
            let path = try #require(largestPack)
            fixture.faults.setUnreadable(4096..<8192, of: path)
            let error = #expect(throws: TenonError.self) { try files[0].read(from: store) }
            #expect(error?.code == .corrupt)
            try #expect(store.statistics().damagedBlocks == 1)
            try files[0].store(in: store)
            try store.retireDamagedBlocks()
            #expect(!fixture.packs.contains(path))
            try #expect(store.statistics().damagedBlocks == 0)
            try #expect(files[0].read(from: store) == files[0].content)
            try #expect(store.hasContent(files[0].pointer))
        }
    }

    @Test func aPackIsNotMadeAnewWithoutBlocksThatNothingElseHolds() throws {
        try fixture.withStore { store in
            try files[0].store(in: store)
            let path = try #require(largestPack)
            flip(path, at: 5000)
            #expect(throws: TenonError.self) { try files[0].read(from: store) }
            try files[0].store(in: store)
            let before = fixture.packs
            let place = UInt64(size(path) - 100_000)
            fixture.faults.setUnreadable(place..<(place + 4096), of: path)
            try store.retireDamagedBlocks()
            #expect(fixture.packs == before && fixture.names("quarantine").isEmpty)
            fixture.faults.setUnreadable(nil, of: path)
            try #expect(files[0].read(from: store) == files[0].content)
            try store.retireDamagedBlocks()
            #expect(!fixture.packs.contains(path))
            try #expect(files[0].read(from: store) == files[0].content)
        }
    }

    @Test func whatIsLostWhileASnapshotIsLookedThroughStaysInDoubt() throws {
        let pointer = files[2].pointer
        try fixture.withStore { store in
            try files[2].store(in: store)
            let knownLosses = store.losses.count
            let row = try #require(store.state.withLock { $0.packs.values.first })
            store.markDamaged(BlockAddress(pack: row.number, block: 0), reason: "a test says so")
            try store.prove(pointer, knownLosses: knownLosses)
            try #expect(store.catalog.standing(of: pointer) == .doubtful)
            try #expect(!store.hasContent(pointer))
            try store.prove(pointer, knownLosses: store.losses.count)
            try #expect(store.catalog.standing(of: pointer) == .proven)
        }
    }

    @Test func aSalvagedPackIsToldOfUntilFsckHas() throws {
        try fill()
        let path = try #require(largestPack)
        // The header's random bytes: nothing else would notice.
        flip(path, at: 30)
        try fixture.withStore { store in
            func verified() throws -> [StoreFinding] {
                var findings: [StoreFinding] = []
                try store.verifyPacks(progress: ProgressSink()) { findings.append($0) }
                return findings
            }
            for _ in 0..<2 { #expect(try verified().contains { $0.detail.contains("quarantine") }) }
            for file in files { try #expect(file.read(from: store) == file.content) }
            var told: [StoreFinding] = []
            _ = try store.fsck(FsckOptions(), progress: { _ in }, finding: { told.append($0) })
            #expect(told.count == 1)
            #expect(try verified().isEmpty)
            _ = try store.fsck(FsckOptions(read: true), progress: { _ in }, finding: { Issue.record("\($0)") })
            #expect(fixture.names("quarantine").count == 1)
        }
    }

    @Test func aPackCutInTheMiddleGivesBackItsFirstBlocks() throws {
        try fixture.withStore { try files[0].store(in: $0) }
        let path = try #require(largestPack)
        truncate(path, off_t(size(path) / 2))
        try fixture.withStore { store in
            #expect(throws: TenonError.self) { try files[0].read(from: store) }
            let first = try #require(files[0].pieces.first)
            try #expect(store.read(ObjectKey(type: .data, id: SHA256Hasher.hash(Array(first)))) == Array(first))
            try #expect(!store.hasContent(files[0].pointer))
        }
    }

    @Test func aMissingPackIsUnlisted() throws {
        try fill()
        unlink(try #require(fixture.packs.first))
        try fixture.withStore { store in
            try #expect(store.statistics().packs == fixture.packs.count)
            let complete = try files.filter { try store.hasContent($0.pointer) }
            for file in complete { try #expect(file.read(from: store) == file.content) }
            #expect(complete.count < files.count)
            for file in files { try file.store(in: store) }
            for file in files { try #expect(file.read(from: store) == file.content) }
        }
    }

    @Test func aPackThatVanishesWhileTheStoreIsOpenIsUnlisted() throws {
        try fixture.withStore { store in
            try files[0].store(in: store)
            let session = try store.beginWrite()
            try files[0].append(to: session)
            for path in fixture.packs { unlink(path) }
            #expect(throws: TenonError.self) { try files[0].read(from: store) }
            // The session relied on it.
            #expect(throws: PackSession.ReuseLost.self) { try session.commit([SnapshotRow(content: files[0].pointer, time: 1)]) }
            try #expect(!store.hasContent(files[0].pointer))
            try files[0].store(in: store)
            try #expect(files[0].read(from: store) == files[0].content)
        }
    }

    @Test(arguments: ["catalog", "index", "both", "garbage"]) func catalogAndIndexAreMadeAgain(what: String) throws {
        try fill()
        if what != "index" {
            for suffix in ["", "-wal", "-shm"] { unlink("\(fixture.home)/catalog.sqlite\(suffix)") }
        }
        if what == "garbage" {
            try FileSystem().replace("\(fixture.home)/catalog.sqlite", with: bytes(8192, seed: 5))
        }
        if what != "catalog" {
            for name in fixture.names("index") { unlink("\(fixture.home)/index/\(name)") }
        }
        try fixture.withStore { store in
            for file in files {
                try #expect(store.hasContent(file.pointer))
                try #expect(file.read(from: store) == file.content)
            }
            try #expect(store.snapshots().count == files.count)
        }
    }

    @Test func aDamagedIndexFileIsThrownAway() throws {
        try fill()
        for name in fixture.names("index") { flip("\(fixture.home)/index/\(name)", at: 20) }
        try fixture.withStore { store in
            for file in files { try #expect(file.read(from: store) == file.content) }
        }
    }

    @Test func aPackOfANewerFormatIsLeftAlone() throws {
        try fixture.withStore { try files[1].store(in: $0) }
        let path = "\(fixture.home)/packs/\(String(repeating: "ab", count: 32)).pack"
        var header = PackHeader(nonce: Array(repeating: 7, count: 16)).bytes
        header[8] = 2
        // The header's own checksum must be right, or it is damage.
        let sum = checksum(Array(header.dropLast(4)))
        header.replaceSubrange(36..<40, with: withUnsafeBytes(of: sum.littleEndian) { Array($0) })
        try FileSystem().replace(path, with: header + Array(repeating: 0, count: 200))
        try fixture.withStore { store in
            #expect(fixture.packs.contains(path))
            try #expect(files[1].read(from: store) == files[1].content)
        }
    }
}

/// CRC-32 by its definition.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
