import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Which packs a checkout takes at their footers' word, and which it does not.
struct PackProofTests {
    let tree: WorkTreeFixture
    let content = bytes(5000, seed: 1)
    var pointer: Pointer { .file(oid: OID(SHA256Hasher.hash(content)), size: 5000) }

    init() throws {
        tree = try WorkTreeFixture()
    }

    private func areProved(_ store: Store) -> [Bool] { store.state.withLock { $0.packs.values.map(\.isProved) } }

    /// The name and bytes of a pack that says of `stored` that it has the id of `content`.
    private func pack(of stored: [UInt8]) throws -> (name: String, bytes: [UInt8]) {
        let other = StoreFixture()
        return try other.withStore { store in
            let session = try store.beginWrite()
            let chunk = BlockChunk(id: SHA256Hasher.hash(content), length: UInt32(stored.count))
            try session.append(stored.withUnsafeBytes { try BlockEncoder().encode(type: .data, chunks: [chunk], raw: $0, choice: .auto) })
            try session.commit([])
            let name = try tree.require(other.names("packs").first { $0.hasSuffix(".pack") })
            let file = try FileSystem().readable("\(other.home)/packs/\(name)")
            return (name, try file.read(at: 0, count: Int(file.byteCount)))
        }
    }

    private func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(descriptor) }
        #expect(bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count)
    }

    private func checkout(_ pointer: Pointer, from store: Store) throws {
        _ = try store.checkout(pointer, at: tree.place("file"), only: [], discard: false, progress: tree.progress)
    }

    @Test func whatTheStoreWroteIsProved() throws {
        let fixture = StoreFixture()
        let file = SampleFile(900_000, seed: 2)
        try fixture.withStore { store in
            try file.store(in: store)
            #expect(!areProved(store).isEmpty && !areProved(store).contains(false))
        }
        try fixture.withStore { store in #expect(!areProved(store).isEmpty && !areProved(store).contains(false)) }
    }

    @Test func aPackFromNowhereIsNotTakenAtItsWord() throws {
        let fixture = StoreFixture()
        try fixture.withStore { _ in }
        let pack = try pack(of: bytes(5000, seed: 3))
        write(pack.bytes, to: "\(fixture.home)/packs/\(pack.name)")
        try fixture.withStore { store in
            #expect(areProved(store) == [false])
            let error = #expect(throws: TenonError.self) { try checkout(pointer, from: store) }
            #expect(error?.code == .corrupt)
            #expect(!tree.exists("file"))
        }
    }

    @Test func aPackIsProvedOnceAllOfItWasRead() throws {
        let fixture = StoreFixture()
        try fixture.withStore { _ in }
        let pack = try pack(of: content)
        write(pack.bytes, to: "\(fixture.home)/packs/\(pack.name)")
        try fixture.withStore { store in
            try checkout(pointer, from: store)
            #expect(tree.read("file") == content)
            _ = try store.fsck(FsckOptions(), progress: { _ in }, finding: { _ in })
            #expect(areProved(store) == [false])
            _ = try store.fsck(FsckOptions(read: true), progress: { _ in }, finding: { _ in })
            #expect(areProved(store) == [true])
        }
        try fixture.withStore { store in #expect(areProved(store) == [true]) }
    }

    @Test func noFlippedByteGetsThroughACheckout() throws {
        let file = SampleFile(100_000, seed: 5)
        var refused = 0
        for share in 0..<40 {
            let fixture = StoreFixture()
            try fixture.withStore { try file.store(in: $0) }
            let path = try tree.require(fixture.packs.first)
            let pack = try FileSystem().readable(path)
            var bytes = try pack.read(at: 0, count: Int(pack.byteCount))
            bytes[bytes.count * share / 40] ^= 0x10
            write(bytes, to: path)
            try fixture.withStore { store in
                do {
                    try checkout(file.pointer, from: store)
                    // What lies beside the blocks is not needed for them.
                    #expect(tree.read("file") == file.content)
                } catch let error as TenonError {
                    #expect(error.code == .corrupt || error.code == .missingContent)
                    #expect(!tree.exists("file"))
                    refused += 1
                }
            }
            tree.remove("file")
        }
        #expect(refused > 30)
    }

    @Test func anObjectIsWhereTheFooterSaysOrNowhere() throws {
        let fixture = StoreFixture()
        let file = SampleFile(200, seed: 7, pieceLength: 100)
        let ids = file.pieces.map { SHA256Hasher.hash(Array($0)) }
        try fixture.withStore { store in
            try file.store(in: store)
            let place = try tree.require(store.location(of: ObjectKey(type: .data, id: ids[1])))
            let reader = try store.reader(tree.require(store.row(of: place.pack)))
            let decoded = try reader.decode(block: Int(place.address.block))
            let proved = CachedBlock(decoded, listedIDs: reader.footer.objectIDs(ofBlock: Int(place.address.block)))
            #expect(try proved.object(ObjectKey(type: .data, id: ids[1]), offset: 100, length: 100, proof: .checksum).array == Array(file.pieces[1]))
            #expect(throws: CachedBlock.Refusal.noSuchPlace) {
                try proved.object(ObjectKey(type: .data, id: ids[0]), offset: 100, length: 100, proof: .checksum)
            }
            #expect(throws: CachedBlock.Refusal.wrongHash) {
                try CachedBlock(decoded).object(ObjectKey(type: .data, id: ids[0]), offset: 100, length: 100, proof: .checksum)
            }
            #expect(reader.footer.objectIDs() == (0..<reader.footer.blockCount).map { reader.footer.objectIDs(ofBlock: $0) })
        }
    }

    @Test func neighboursInABlockMakeOneView() throws {
        func block() throws -> CachedBlock {
            CachedBlock(DecodedBlock(type: .data, raw: Array(0..<30)[...], chunkLengths: [10, 10, 10]))
        }
        func object(_ number: UInt8, of block: CachedBlock) throws -> StoredBytes {
            let bytes = Array((number * 10)..<(number * 10 + 10))
            return try block.object(ObjectKey(type: .data, id: SHA256Hasher.hash(bytes)), offset: UInt32(number) * 10, length: 10)
        }
        let (first, other) = (try block(), try block())
        let pair = try tree.require(object(0, of: first).joined(with: object(1, of: first)))
        #expect(pair.array == Array(0..<20))
        #expect(try pair.joined(with: object(2, of: first))?.array == Array(0..<30))
        #expect(try object(0, of: first).joined(with: object(2, of: first)) == nil)
        #expect(try object(1, of: first).joined(with: object(0, of: first)) == nil)
        #expect(try object(0, of: first).joined(with: object(1, of: other)) == nil)
    }
}
