import Glibc
import Logging
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// When the stat cache may vouch for a file, and when the file is read again.
struct StatCacheTests {
    let tree: WorkTreeFixture

    init() throws {
        tree = try WorkTreeFixture()
    }

    /// Bytes that a look reads.
    private func bytesRead(_ path: String = "data") throws -> UInt64 {
        let progress = ProgressSink()
        _ = try tree.store.look(tree.place(path), progress: progress)
        return progress.totals.bytes
    }

    @Test func aQuietFileIsReadOnce() throws {
        tree.write("data/inner/a", "hello")
        tree.settle()
        #expect(try bytesRead() == 5)
        #expect(try bytesRead() == 0)
        tree.write("file", "four")
        tree.settle()
        #expect(try bytesRead("file") == 4)
        #expect(try bytesRead("file") == 0)
    }

    @Test func aFileThatWasJustWrittenIsReadAgain() throws {
        tree.write("data/a", "hello")
        // Its ctime is of this moment.
        #expect(try bytesRead() == 5)
        tree.settle()
        #expect(try bytesRead() == 5)
        #expect(try bytesRead() == 0)
    }

    @Test func aChangeOfSameSizeAndMtimeIsSeen() throws {
        tree.write("data/a", "hello")
        tree.settle()
        let before = try tree.look("data")
        let information = try tree.require(tree.information("data/a"))
        let descriptor = open("\(tree.root)/data/a", O_WRONLY)
        _ = "HELLO".withCString { write(descriptor, $0, 5) }
        var times = (information.st_atim, information.st_mtim)
        _ = withUnsafePointer(to: &times) { $0.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(descriptor, $0) } }
        close(descriptor)
        #expect(try tree.look("data") != before)
    }

    @Test func aFileThatIsOpenForWritingIsReadEachTime() throws {
        tree.write("data/a", "hello")
        tree.settle()
        let descriptor = open("\(tree.root)/data/a", O_RDWR)
        #expect(try bytesRead() == 5)
        #expect(try bytesRead() == 5)
        close(descriptor)
        #expect(try bytesRead() == 5)
        #expect(try bytesRead() == 0)
    }

    @Test func aWriteThroughAMappingIsSeenThoughItLeavesNoTrace() throws {
        tree.write("data/a", [UInt8](repeating: 1, count: 4096))
        let descriptor = open("\(tree.root)/data/a", O_RDWR)
        let memory = try tree.require(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0))
        close(descriptor)
        memory.storeBytes(of: 2, as: UInt8.self)
        tree.settle()
        let first = try tree.look("data")
        let stamp = FileStamp(try tree.require(tree.information("data/a")))
        memory.storeBytes(of: 3, as: UInt8.self)
        // The page was writable already, so nothing but the bytes changed.
        #expect(FileStamp(try tree.require(tree.information("data/a"))) == stamp)
        let second = try tree.look("data")
        #expect(second != first)
        let pointer = try tree.pointer("data")
        #expect(Content(pointer) == second)
        munmap(memory, 4096)
        #expect(try tree.look("data") == second)
        #expect(try bytesRead() == 0)
    }

    @Test func whatIsGoneIsForgotten() throws {
        tree.write("data/x/a", "a")
        tree.write("data/y/b", "b")
        tree.settle()
        _ = try tree.look("data")
        let place = try tree.place("data")
        #expect(Set(tree.store.statCache.rows(of: place).keys) == [Array("x".utf8), Array("y".utf8)])
        tree.remove("data/y")
        tree.write("data/x/c", "c")
        tree.settle()
        _ = try tree.look("data")
        #expect(Set(tree.store.statCache.rows(of: place).keys) == [Array("x".utf8)])
    }

    @Test func aDamagedCacheIsThrownAway() throws {
        let path = "/tmp/tenon-cache-test-\(randomName())"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for content in [[], Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0xAA, count: 8000), [UInt8](repeating: 7, count: 100)] {
            try FileSystem().replace(path, with: content)
            let cache = StatCache(path: path, log: log)
            let place = try tree.place("data")
            let node = DirectoryNode(path: [])
            node.names = [0x61]
            node.found = [
                .init(
                    nameStart: 0, nameLength: 1, kind: .file, isKnown: true, isTrusted: true,
                    stamp: FileStamp(inode: 1, size: 2, modified: 3, changed: 4), oid: SHA256Hasher.hash([1]))
            ]
            node.seal()
            cache.apply([.init(path: [], row: StatCacheRow.pack(node))], to: place)
            #expect(cache.rows(of: place).count == 1)
            cache.close()
        }
    }

    @Test func aRowWithAFlippedBitIsNotBelieved() throws {
        let node = DirectoryNode(path: [0x64])
        node.names = [0x61]
        node.found = [
            .init(
                nameStart: 0, nameLength: 1, kind: .file, isKnown: true, isTrusted: true,
                stamp: FileStamp(inode: 1, size: 2, modified: 3, changed: 4), oid: SHA256Hasher.hash([1]))
        ]
        node.seal()
        let row = try tree.require(StatCacheRow.pack(node))
        #expect(StatCacheRow(bytes: row, path: [0x64]) != nil)
        #expect(StatCacheRow(bytes: row, path: [0x65]) == nil)
        for index in row.indices {
            var damaged = row
            damaged[index] ^= 1
            #expect(StatCacheRow(bytes: damaged, path: [0x64]) == nil)
            #expect(StatCacheRow(bytes: Array(row[..<index]), path: [0x64]) == nil)
        }
    }

    @Test func networkFileSystemsAreTrustedAfterAMinuteOnly() {
        #expect(VolumeTraits(magic: 0xEF53).granularity == 20_000_000 && VolumeTraits(magic: 0xEF53).hasLeases)
        #expect(!VolumeTraits(magic: 0x6969).hasLeases)
        #expect(VolumeTraits(magic: 0x4D44).granularity == 2_000_000_000)
    }
}
