import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Storing what lies at an artifact's place.
struct IngestTests {
    let tree: WorkTreeFixture

    init() throws {
        tree = try WorkTreeFixture()
    }

    /// The bytes of a file as the store gives them.
    private func stored(_ oid: OID, _ size: UInt64) throws -> [UInt8] {
        var result: [UInt8] = []
        try tree.store.withBytes(of: oid, size: size, range: 0..<size) { result.append(contentsOf: $0) }
        return result
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 65_536, 262_144, 262_145, 1 << 20, (1 << 20) + 1, 5_000_000])
    func aFileComesBackByteForByte(size: Int) throws {
        let content = bytes(size, seed: UInt64(size))
        tree.write("file", content)
        let result = try tree.add("file")
        #expect(result.content.oid == OID(SHA256Hasher.hash(content)))
        #expect(result.content.size == UInt64(size) && result.readBytes == UInt64(size) && result.newBytes == UInt64(size))
        #expect(try stored(result.content.oid, result.content.size) == content)
        #expect(tree.store.isStored(try tree.require(result.content.pointer)))
    }

    @Test func aDirectoryIsStoredWithAllThatIsInIt() throws {
        for index in 0..<300 { tree.write("data/d\(index % 7)/f\(index)", bytes(index * 37, seed: UInt64(index))) }
        tree.write("data/large", bytes(9_000_000, seed: 1))
        tree.write("data/run.sh", Array("#!/bin/sh\n".utf8), isExecutable: true)
        tree.link("data/link", to: "run.sh")
        tree.makeDirectory("data/empty/inner")
        let result = try tree.add("data")
        let pointer = try tree.require(result.content.pointer)
        #expect(tree.store.isStored(pointer))
        var kinds: [ManifestEntry.Kind: Int] = [:]
        try tree.store.entries(of: pointer, under: nil) { entry in
            kinds[entry.kind, default: 0] += 1
            guard entry.isFile else { return }
            let path = "data/" + String(decoding: entry.path, as: UTF8.self)
            let content = try stored(OID(entry.oid), entry.size)
            #expect(content == tree.read(path))
        }
        #expect(kinds == [.file: 301, .executable: 1, .symlink: 1, .directory: 1])
        #expect(try tree.look("data") == result.content)
    }

    @Test func whatIsStoredIsNeitherReadNorWrittenAgain() throws {
        tree.write("data/a", bytes(100_000, seed: 1))
        tree.write("data/b", bytes(100_000, seed: 2))
        tree.settle()
        let first = try tree.add("data")
        #expect(first.readBytes == 200_000)
        let packs = tree.fixture.packs
        let second = try tree.add("data")
        #expect(second == IngestResult(content: first.content))
        #expect(tree.fixture.packs == packs)
        // Without the stat cache it is read, but not written.
        tree.store.statCache.forget(try tree.place("data"))
        let third = try tree.add("data")
        #expect(third.readBytes == 200_000 && third.newBytes == 0 && third.storedBytes == 0)
        #expect(tree.fixture.packs == packs)
    }

    @Test func onlyWhatChangedIsStored() throws {
        let large = bytes(6_000_000, seed: 3)
        tree.write("data/large", large)
        tree.write("data/same", bytes(500_000, seed: 4))
        tree.settle()
        _ = try tree.add("data")
        tree.write("data/large", large[..<3_000_000] + [1, 2, 3] + large[3_000_000...])
        tree.settle()
        let result = try tree.add("data")
        #expect(result.readBytes == 6_000_003)
        #expect(result.newBytes < 600_000)
        var content: [UInt8] = []
        try tree.store.entries(of: tree.require(result.content.pointer), under: RelativePath("large")) {
            content = try stored(OID($0.oid), $0.size)
        }
        #expect(content == tree.read("data/large"))
    }

    @Test func sameBytesUnderManyNamesAreStoredOnce() throws {
        let content = bytes(200_000, seed: 5)
        for index in 0..<20 { tree.write("data/copy\(index)", content) }
        let result = try tree.add("data")
        #expect(result.readBytes == 4_000_000 && result.newBytes == 200_000)
    }

    @Test func whatTheStatCacheKnowsIsReadIfTheStoreLacksIt() throws {
        tree.write("data/a", bytes(50_000, seed: 6))
        tree.settle()
        let looked = try tree.look("data")
        let result = try tree.add("data")
        #expect(result.content == looked && result.readBytes == 50_000)
        #expect(tree.store.isStored(try tree.require(result.content.pointer)))
    }

    @Test func aFileThatChangesEachTimeItIsReadIsRefused() throws {
        tree.write("data/a", bytes(100, seed: 7))
        let scanned = try tree.require(try Scanner(place: tree.place("data"), cache: tree.store.statCache).scan(tree.progress))
        var attempts = 0
        let error = #expect(throws: TenonError.self) {
            try SteadyRead.perform(scanned.files()[0], of: scanned) { _, _ in
                attempts += 1
                tree.write("data/a", bytes(100, seed: UInt64(100 + attempts)))
                return OID(SHA256Hasher.hash([]))
            }
        }
        #expect(error?.code == .changedWhileReading && attempts == 3)
        #expect(error?.message.contains("data/a") == true)
    }

    @Test func aFileThatChangedOnceIsReadAgain() throws {
        tree.write("data/a", bytes(100, seed: 8))
        let scanned = try tree.require(try Scanner(place: tree.place("data"), cache: tree.store.statCache).scan(tree.progress))
        var attempts = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
        defer { buffer.deallocate() }
        try SteadyRead.perform(scanned.files()[0], of: scanned) { descriptor, size in
            attempts += 1
            let oid = try FileDigester.oid(descriptor, size: size, buffer: buffer, progress: tree.progress, name: [])
            if attempts == 1 { tree.write("data/a", bytes(70, seed: 9)) }
            return oid
        }
        #expect(attempts == 2)
        #expect(scanned.item(scanned.files()[0]).oid == SHA256Hasher.hash(bytes(70, seed: 9)))
    }

    @Test func aFileThatShrinksOrVanishesIsNotTakenForWhatItWas() throws {
        tree.write("data/a", bytes(5000, seed: 10))
        let scanned = try tree.require(try Scanner(place: tree.place("data"), cache: tree.store.statCache).scan(tree.progress))
        tree.write("data/a", bytes(10, seed: 11))
        try FileDigester(tree: scanned, progress: tree.progress).digest(scanned.files())
        #expect(scanned.item(scanned.files()[0]).stamp.size == 10)
        tree.remove("data/a")
        #expect(throws: SteadyRead.Vanished.self) { try FileDigester(tree: scanned, progress: tree.progress).digest(scanned.files()) }
    }

    @Test func aSymlinkInPlaceOfAScannedFileIsNotFollowed() throws {
        tree.write("secret", "secret")
        tree.write("data/inner/a", "open")
        let scanned = try tree.require(try Scanner(place: tree.place("data"), cache: tree.store.statCache).scan(tree.progress))
        tree.remove("data/inner/a")
        tree.link("data/inner/a", to: "../../secret")
        #expect(throws: SteadyRead.Vanished.self) { try FileDigester(tree: scanned, progress: tree.progress).digest(scanned.files()) }
        tree.remove("data/inner")
        tree.write("other/a", "other")
        tree.link("data/inner", to: "../other")
        #expect(throws: SteadyRead.Vanished.self) { try FileDigester(tree: scanned, progress: tree.progress).digest(scanned.files()) }
    }

    @Test func aFailureLeavesNoSnapshotAndTheNextAttemptWorks() throws {
        tree.write("data/a", bytes(3_000_000, seed: 12))
        tree.write("data/b", bytes(3_000_000, seed: 13))
        let content = try tree.require(try tree.look("data"))
        for call in [3, 6, 9] {
            tree.fixture.faults.arm(failing: call, error: ENOSPC)
            let error = #expect(throws: TenonError.self) { try tree.add("data") }
            #expect(error?.code == .noSpace)
            #expect(!tree.store.isStored(try tree.require(content.pointer)))
        }
        tree.fixture.faults.arm(failing: nil)
        #expect(try tree.add("data").content == content)
    }

    @Test func cancellingEndsItBeforeTheCommitPoint() throws {
        tree.write("data/a", bytes(3_000_000, seed: 14))
        let progress = ProgressSink()
        progress.cancel()
        let error = #expect(throws: TenonError.self) {
            try tree.store.ingest(tree.place("data"), compression: .auto, progress: progress)
        }
        #expect(error?.code == .cancelled)
        #expect(try tree.store.snapshots().isEmpty)
    }

    @Test func anUnreadableFileIsNamed() throws {
        tree.write("data/a", "a")
        chmod("\(tree.root)/data/a", 0)
        if getuid() == 0 { return }
        let error = #expect(throws: TenonError.self) { try tree.add("data") }
        #expect(error?.code == .permission && error?.message.contains("data/a") == true)
    }

    @Test func aSparseFileIsStoredAsItsBytes() throws {
        let path = "\(tree.root)/sparse"
        let descriptor = open(path, O_RDWR | O_CREAT, 0o644)
        ftruncate(descriptor, 48 << 20)
        _ = "end".withCString { pwrite(descriptor, $0, 3, off_t(32 << 20)) }
        close(descriptor)
        let result = try tree.add("sparse")
        #expect(result.content.size == 48 << 20)
        #expect(result.newBytes < 1 << 20)
        let pointer = try tree.require(result.content.pointer)
        tree.remove("sparse")
        try tree.checkout(pointer, "sparse")
        #expect(try tree.look("sparse") == result.content)
        // Long runs of zeros become holes again.
        #expect(try tree.require(tree.information("sparse")).st_blocks < 20_000)
    }

    // MARK: Headers of safetensors files

    private func layout(_ header: String, dataLength: Int = 4096) -> SafetensorsLayout? {
        var file: [UInt8] = []
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        file += Array(header.utf8)
        let size = UInt64(file.count + dataLength)
        return file.withUnsafeBytes { SafetensorsLayout(fileStart: $0, fileSize: size) }
    }

    @Test func aSafetensorsHeaderTellsHowNumbersLie() throws {
        let header =
            #"{"__metadata__":{"a":"}"},"w":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,2048]},"b":{"dtype":"F32","data_offsets":[2048,4096]}}"#
        let found = try #require(layout(header))
        let origin = UInt64(8 + header.utf8.count)
        let first = BlockChunk(id: SHA256Hasher.hash([]), length: 1000, fileOffset: origin)
        let second = BlockChunk(id: SHA256Hasher.hash([]), length: 1500, fileOffset: origin + 2100)
        #expect(found.layout(of: [first]) == ElementLayout(width: 2, rotation: 1, origin: origin % 2))
        #expect(found.layout(of: [first, second]) == ElementLayout(width: 4, rotation: 1, origin: (origin + 2048) % 4))
    }

    @Test(arguments: [
        "", "{", "{}", "[]", #"{"w":{"dtype":"F32","data_offsets":[0,9999999]}}"#, #"{"w":{"dtype":"F32","data_offsets":[8,0]}}"#,
        #"{"w":{"dtype":"F32","data_offsets":[0,99999999999999999999999]}}"#, #"{"w":{"dtype":"F32"}}"#,
        #"{"w":{"dtype":"F32","data_offsets":[0,4,8]}}"#,
        #"{"w":[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]}"#, #"{"w":{"dtype":"Q4","data_offsets":[0,4]}}"#,
        #"{"w":{"dtype":"F32","data_offsets":[0,4]}"#,
    ])
    func aBadHeaderIsNoHeader(header: String) {
        #expect(layout(header) == nil)
    }
}
