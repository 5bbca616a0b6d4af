import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// What goes from one store to another by packs.
struct TransferTests {
    let tree: WorkTreeFixture
    let other = StoreFixture()

    init() throws {
        tree = try WorkTreeFixture()
    }

    private func makeData(_ name: String, seed: UInt64) throws -> Pointer {
        for index in 0..<60 { tree.write("\(name)/d\(index % 5)/f\(index)", bytes(index * 300, seed: seed * 1000 + UInt64(index))) }
        tree.write("\(name)/large", bytes(1_500_000, seed: seed))
        tree.link("\(name)/link", to: "d0/f0")
        tree.settle()
        return try tree.pointer(name)
    }

    private func keys(_ pointer: Pointer) throws -> Set<ObjectKey> {
        var keys: Set<ObjectKey> = []
        try tree.store.walk.visit(pointer) { keys.insert($0) }
        return keys
    }

    /// Sends `keys` to `store`; returns the packs that went.
    @discardableResult
    private func send(_ keys: Set<ObjectKey>, to store: Store, _ pointer: Pointer?) throws -> [PackID] {
        var sent: [PackID] = []
        let arrival = try store.beginArrival()
        let shipment = try tree.store.shipment(of: keys)
        for part in shipment.parts {
            let pack = try shipment.pack(part)
            defer { pack.discard(from: tree.store) }
            let reader = try PackReader.open(pack.source)
            #expect(reader.length == pack.length)
            #expect(PackID(SHA256Hasher.hash(try pack.source.read(at: 0, count: Int(pack.length)))) == pack.id)
            let ids = reader.footer.objectIDs()
            for block in 0..<reader.footer.blockCount { try arrival.take(reader.block(block), ids: ids[block]) }
            sent.append(pack.id)
        }
        try arrival.commit(pointer)
        return sent
    }

    @Test func aSnapshotArrivesWhole() throws {
        let pointer = try makeData("data", seed: 1)
        try other.withStore { store in
            #expect(!store.isStored(pointer))
            try send(keys(pointer), to: store, pointer)
            #expect(store.isStored(pointer))
            var memo = VerifyMemo()
            var problems: [VerifyProblem] = []
            try store.verify(pointer, memo: &memo, progress: ProgressSink()) { problems.append($0) }
            #expect(problems.isEmpty)
        }
        // It still does when the catalog is made again from packs.
        try other.withStore { #expect($0.isStored(pointer)) }
        #expect(tree.fixture.names("packs").allSatisfy { $0.hasSuffix(".pack") })
    }

    @Test func packsThatAreWantedWholeGoAsTheyAre() throws {
        let pointer = try makeData("data", seed: 1)
        let own = Set(tree.fixture.packs.map { $0.split(separator: "/").last.map(String.init) ?? "" })
        try other.withStore { store in
            let sent = try send(keys(pointer), to: store, pointer)
            #expect(sent.filter { own.contains("\($0.digest.hex).pack") }.count >= 2)
        }
    }

    @Test func whatOthersKeepInTheStoreStaysThere() throws {
        let secret = try makeData("secret", seed: 2)
        tree.write("mixed/a", bytes(5_000, seed: 7))
        tree.write("mixed/b", bytes(5_000, seed: 8))
        tree.settle()
        let mixed = try tree.pointer("mixed")
        tree.write("half/a", bytes(5_000, seed: 7))
        tree.settle()
        // `half` shares a block with a file that is none of its own.
        let half = try tree.pointer("half")
        try other.withStore { store in
            try send(keys(half), to: store, half)
            #expect(store.isStored(half))
            for key in try keys(secret).union(keys(mixed)).subtracting(keys(half)) { #expect(!store.contains(key)) }
        }
    }

    @Test func theSameIsSentInTheSamePacks() throws {
        tree.write("mixed/a", bytes(5_000, seed: 7))
        tree.write("mixed/b", bytes(5_000, seed: 8))
        tree.settle()
        _ = try tree.pointer("mixed")
        tree.write("half/a", bytes(5_000, seed: 7))
        tree.settle()
        let half = try tree.pointer("half")
        try other.withStore { store in
            let first = try send(keys(half), to: store, half)
            #expect(try send(keys(half), to: store, half) == first)
        }
    }

    @Test func anArrivalReliesOnNoPackThatIsMergedMeanwhile() throws {
        let pointer = try makeData("data", seed: 1)
        try other.withStore { store in
            let files = (0..<10).map { SampleFile(20_000 + $0, seed: UInt64(300 + $0)) }
            for file in files.prefix(9) { try file.store(in: store) }
            try send(keys(pointer), to: store, pointer)
            let arrival = try store.beginArrival()
            let shipment = try tree.store.shipment(of: keys(pointer))
            for part in shipment.parts {
                let pack = try shipment.pack(part)
                defer { pack.discard(from: tree.store) }
                let reader = try PackReader.open(pack.source)
                let ids = reader.footer.objectIDs()
                for block in 0..<reader.footer.blockCount { try arrival.take(reader.block(block), ids: ids[block]) }
            }
            try files[9].store(in: store)
            store.maintenance.sync {}
            try arrival.commit(pointer)
            #expect(store.isStored(pointer))
        }
    }

    @Test func anIncompleteArrivalIsNoSnapshot() throws {
        let pointer = try makeData("data", seed: 1)
        var keys = try keys(pointer)
        let missing = try #require(keys.filter { $0.type == .data }.min())
        keys.remove(missing)
        try other.withStore { store in
            do {
                try send(keys, to: store, pointer)
                Issue.record("an incomplete snapshot was entered")
            } catch let error as TenonError {
                #expect(error.code == .missingContent)
            }
            #expect(!store.isStored(pointer))
            // What came is kept, and the rest completes it.
            try send([missing], to: store, pointer)
            #expect(store.isStored(pointer))
        }
    }

    @Test func aBlockThatIsNotWhatTheFooterSaysIsRefused() throws {
        let pointer = try makeData("data", seed: 1)
        try other.withStore { store in
            let arrival = try store.beginArrival()
            let shipment = try tree.store.shipment(of: keys(pointer))
            for part in shipment.parts {
                let pack = try shipment.pack(part)
                defer { pack.discard(from: tree.store) }
                let reader = try PackReader.open(pack.source)
                let ids = reader.footer.objectIDs()
                for block in 0..<reader.footer.blockCount {
                    #expect(throws: TenonError.self) { try arrival.take(reader.block(block), ids: [SHA256Hasher.hash([1])] + ids[block].dropFirst()) }
                }
            }
            arrival.abort()
            #expect(try !keys(pointer).contains { store.contains($0) })
        }
    }

    @Test func damageIsFoundBeforeItIsSent() throws {
        let pointer = try makeData("data", seed: 1)
        tree.write("more/x", bytes(3_000, seed: 5))
        tree.settle()
        _ = try tree.pointer("more")
        let keys = try keys(pointer)
        // A byte of a payload, so that only decoding or hashing can tell.
        for path in tree.fixture.packs {
            let descriptor = Glibc.open(path, O_RDWR)
            var byte: UInt8 = 0
            pread(descriptor, &byte, 1, 400)
            byte ^= 0x40
            pwrite(descriptor, &byte, 1, 400)
            close(descriptor)
        }
        // Of an object fewer, so that no pack goes as it is and each block is looked at.
        var failures = 0
        for left in keys.filter({ $0.type == .data }).sorted().prefix(3) {
            do {
                let shipment = try tree.store.shipment(of: keys.subtracting([left]))
                for part in shipment.parts { try shipment.pack(part).discard(from: tree.store) }
            } catch let error as TenonError {
                #expect(error.code == .corrupt || error.code == .missingContent)
                failures += 1
            }
        }
        #expect(failures > 0)
    }

    @Test func partOfADirectoryIsWalkedByItsPaths() throws {
        let pointer = try makeData("data", seed: 1)
        var some: Set<ObjectKey> = []
        try tree.store.walk.visit(pointer, only: [try RelativePath("d1")]) { some.insert($0) }
        let all = try keys(pointer)
        #expect(some.isSubset(of: all) && some.count < all.count)
        #expect(some.contains(ObjectKey(type: .data, id: SHA256Hasher.hash(bytes(300, seed: 1001)))))
        #expect(!some.contains(ObjectKey(type: .data, id: SHA256Hasher.hash(bytes(600, seed: 1002)))))
    }
}
