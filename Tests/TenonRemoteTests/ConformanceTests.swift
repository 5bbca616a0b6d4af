import Foundation
import TenonCore
import TenonFormat
import TenonRemote
import TenonTesting
import Testing

@Suite("What every storage does")
struct ConformanceTests {
    @Test("What is written is read back, whole and in ranges", arguments: StorageKind.installed)
    func reading(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let bytes = seededBytes(3_000_000)
            let name = try ObjectName("packs/0a/0a1.pack")
            #expect(try await remote.create(name, ObjectBody(bytes: bytes)) == .created)
            let whole = try await remote.bytes(of: name, .whole, limit: 4_000_000)
            #expect(whole.bytes == bytes)
            #expect(whole.slice.range == 0..<3_000_000)
            let entry = try await remote.head(name)
            #expect(whole.slice.entry == entry)
            #expect(try await remote.bytes(of: name, .bytes(5..<1_500_001), limit: 4_000_000).bytes == Array(bytes[5..<1_500_001]))
            #expect(try await remote.bytes(of: name, .bytes(2_999_999..<3_000_000), limit: 10).bytes == [bytes[2_999_999]])
            #expect(try await remote.bytes(of: name, .bytes(7..<7), limit: 10).bytes == [])
            #expect(try await remote.bytes(of: name, .from(2_999_000), limit: 4000).bytes == Array(bytes[2_999_000...]))
            #expect(try await remote.bytes(of: name, .from(3_000_000), limit: 10).bytes == [])
            let tail = try await remote.bytes(of: name, .last(100), limit: 100)
            #expect(tail.bytes == Array(bytes.suffix(100)))
            #expect(tail.slice.range == 2_999_900..<3_000_000)
            #expect(try await remote.bytes(of: name, .last(5_000_000), limit: 4_000_000).bytes == bytes)
        }
    }

    @Test("An empty object is an object", arguments: StorageKind.installed)
    func emptyObject(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("empty")
            #expect(try await remote.create(name, bytes: []) == .created)
            #expect(try await remote.head(name)?.size == 0)
            #expect(try await remote.contents(of: name, limit: 10)?.bytes == [])
            #expect(try await remote.bytes(of: name, .last(10), limit: 10).bytes == [])
        }
    }

    @Test("What is not there is not found, and a range beyond the end is an error", arguments: StorageKind.installed)
    func missing(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("packs/none")
            #expect(try await remote.head(name) == nil)
            #expect(try await remote.contents(of: name, limit: 10) == nil)
            await #expect(throws: TenonError.self) { try await remote.bytes(of: name, .whole, limit: 10) }
            #expect(try await remote.create(name, bytes: [1, 2, 3]) == .created)
            for range in [ObjectRange.bytes(1..<4), .bytes(9..<12), .from(4)] {
                do {
                    _ = try await remote.bytes(of: name, range, limit: 10)
                    Issue.record("\(range) of three bytes was delivered")
                } catch let error as TenonError {
                    #expect(error.code == .corrupt, "\(error)")
                }
            }
        }
    }

    @Test("A create-only write leaves what is there", arguments: StorageKind.installed)
    func createOnly(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("roots/r1/one")
            #expect(try await remote.create(name, bytes: [1]) == .created)
            #expect(try await remote.create(name, bytes: [2]) == .alreadyThere)
            #expect(try await remote.create(name, bytes: [1]) == .alreadyThere)
            #expect(try await remote.contents(of: name, limit: 10)?.bytes == [1])
        }
    }

    @Test("Of many who create one name, one succeeds", arguments: StorageKind.installed)
    func createRace(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("leases/race")
            let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
                for writer in UInt8(0)..<16 {
                    group.addTask { try await remote.create(name, bytes: [writer]) == .created ? writer : nil }
                }
                return try await group.reduce(into: []) { found, winner in winner.map { found.append($0) } }
            }
            #expect(winners.count == 1)
            #expect(try await remote.contents(of: name, limit: 10)?.bytes == winners)
        }
    }

    @Test("Bytes that are not those that the digest names are not stored", arguments: StorageKind.installed)
    func wrongDigest(_ kind: StorageKind) async throws {
        guard kind != .memory else { return }
        try await kind.withRemote { remote in
            let name = try ObjectName("packs/wrong")
            let body = ObjectBody(ArraySource([1, 2, 3]), digest: SHA256Hasher.hash([1, 2, 4]))
            await #expect(throws: TenonError.self) { try await remote.create(name, body) }
            #expect(try await remote.head(name) == nil)
        }
    }

    @Test("A listing has each name with its prefix once, in order, whatever the pages", arguments: StorageKind.installed)
    func listing(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let texts = ["a", "b/1", "b/10", "b/2", "b/c/x", "b/c/y", "b/d", "bb", "packs/00/p.pack", "packs/00/q.pack", "packs/ff/r.pack", "tenon"]
            for text in texts.shuffled() { _ = try await remote.create(try ObjectName(text), bytes: Array(text.utf8)) }
            for prefix in ["", "b", "b/", "b/1", "b/c/", "packs/", "packs/0", "packs/00/p", "zz", "packs/00/p.pack/"] {
                let expected = texts.filter { $0.hasPrefix(prefix) }
                var entries: [ObjectEntry] = []
                for try await entry in remote.objects(try ObjectPrefix(prefix)) { entries.append(entry) }
                #expect(entries.map(\.name.text) == expected, "\(prefix)")
                for limit in [1, 2, 5] {
                    var paged: [ObjectEntry] = []
                    var after: ObjectName?
                    repeat {
                        let page = try await remote.page(try ObjectPrefix(prefix), after: after, limit: limit)
                        paged += page.entries
                        after = page.next
                    } while after != nil
                    #expect(paged == entries, "\(prefix), \(limit) a page")
                }
                for entry in entries { #expect(entry.size == UInt64(entry.name.text.utf8.count)) }
            }
            let after = try await remote.page(.all, after: try ObjectName("b/15"))
            #expect(after.entries.map(\.name.text) == Array(texts[3...]))
        }
    }

    @Test("A listing and a look tell the same", arguments: StorageKind.installed)
    func listingAndHead(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("index/one.index")
            _ = try await remote.create(name, bytes: [1, 2, 3])
            let listed = try await remote.page(try ObjectPrefix("index/")).entries
            let head = try #require(try await remote.head(name))
            #expect(listed.map(\.name) == [name])
            #expect(listed.map(\.tag) == [head.tag])
            #expect(listed.map(\.size) == [3])
            // Listings may tell the time to the millisecond, and heads to the second.
            #expect(listed.allSatisfy { abs($0.modified - head.modified) <= 1000 })
        }
    }

    @Test("Only the state that was named is replaced", arguments: StorageKind.installed)
    func replacing(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("roots/a")
            _ = try await remote.create(name, bytes: [1])
            let first = try #require(try await remote.head(name)).tag
            guard case .replaced(let second) = try await remote.replace(name, first, with: [2]) else {
                Issue.record("not replaced")
                return
            }
            #expect(second != first)
            #expect(try await remote.head(name)?.tag == second)
            #expect(try await remote.replace(name, first, with: [3]) == .changed)
            #expect(try await remote.contents(of: name, limit: 10)?.bytes == [2])
            #expect(try await remote.replace(try ObjectName("roots/none"), first, with: [3]) == .changed)
            #expect(try await remote.head(try ObjectName("roots/none")) == nil)
        }
    }

    @Test("A counter that many raise by compare-and-swap loses nothing", arguments: StorageKind.installed)
    func replaceRace(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("counter")
            _ = try await remote.create(name, bytes: Array("00000 start".utf8))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for step in 0..<10 {
                            while true {
                                let (bytes, entry) = try #require(try await remote.contents(of: name, limit: 100))
                                let value = try #require(Int(String(decoding: bytes.prefix(5), as: UTF8.self)))
                                let digits = String(value + 1)
                                let next = String(repeating: "0", count: 5 - digits.count) + digits + " \(writer) \(step)"
                                if case .replaced = try await remote.replace(name, entry.tag, with: Array(next.utf8)) { break }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let end = try #require(try await remote.contents(of: name, limit: 100)).bytes
            #expect(String(decoding: end.prefix(5), as: UTF8.self) == "00040")
        }
    }

    @Test("Only the state that was named is removed", arguments: StorageKind.installed)
    func deleting(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let name = try ObjectName("packs/aa/x.pack")
            _ = try await remote.create(name, bytes: [1])
            let first = try #require(try await remote.head(name)).tag
            guard case .replaced(let second) = try await remote.replace(name, first, with: [2]) else {
                Issue.record("not replaced")
                return
            }
            #expect(try await remote.delete(name, first) == .changed)
            #expect(try await remote.head(name)?.tag == second)
            #expect(try await remote.delete(name, second) == .deleted)
            #expect(try await remote.head(name) == nil)
            #expect(try await remote.delete(name, second) == .missing)
            #expect(try await remote.create(name, bytes: [1]) == .created)
            #expect(try await remote.head(name)?.tag != second)
        }
    }

    @Test("The probe finds what the storage can do, and leaves nothing", arguments: StorageKind.installed)
    func probing(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            let found = try await remote.probe()
            #expect(found.writes && found.createOnly && found.compareAndSwap && found.conditionalDelete)
            #expect(try await remote.page(.all).entries.isEmpty)
        }
    }

    @Test("Times are those of now", arguments: StorageKind.installed)
    func times(_ kind: StorageKind) async throws {
        guard kind != .memory else { return }
        try await kind.withRemote { remote in
            let name = try ObjectName("leases/now")
            let before = Date().timeIntervalSince1970 * 1000
            _ = try await remote.create(name, bytes: [1])
            let after = Date().timeIntervalSince1970 * 1000
            let modified = Double(try #require(try await remote.head(name)).modified)
            // Some tell whole seconds only, and a file's time is that of the kernel's last tick.
            #expect(before - 1100 < modified && modified < after + 1100)
        }
    }

    @Test("A sink that throws ends the read with what it threw", arguments: StorageKind.installed)
    func sinkFailure(_ kind: StorageKind) async throws {
        struct Full: Error {}
        struct FullSink: ByteSink {
            func write(_ bytes: [UInt8]) throws { throw Full() }
        }
        try await kind.withRemote { remote in
            let name = try ObjectName("x")
            _ = try await remote.create(name, bytes: [1, 2])
            await #expect(throws: Full.self) { try await remote.read(name, into: FullSink()) }
            #expect(try await remote.contents(of: name, limit: 2)?.bytes == [1, 2])
        }
    }

    @Test("A cancelled read ends at once", arguments: StorageKind.installed)
    func cancelling(_ kind: StorageKind) async throws {
        struct WaitingSink: ByteSink {
            let started: AsyncStream<Void>.Continuation
            func write(_ bytes: [UInt8]) async throws {
                started.yield()
                try await Task.sleep(for: .seconds(600))
            }
        }
        try await kind.withRemote { remote in
            let name = try ObjectName("x")
            _ = try await remote.create(name, bytes: seededBytes(100_000))
            let (started, continuation) = AsyncStream<Void>.makeStream()
            let task = Task { try await remote.read(name, into: WaitingSink(started: continuation)) }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("Many reads and writes at once keep apart", arguments: StorageKind.installed)
    func manyAtOnce(_ kind: StorageKind) async throws {
        try await kind.withRemote { remote in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        let bytes = seededBytes(50_000 + number * 7919, seed: UInt64(number))
                        let name = try ObjectName("packs/many/p\(number)")
                        #expect(try await remote.create(name, bytes: bytes) == .created)
                        #expect(try await remote.bytes(of: name, .whole, limit: 1 << 20).bytes == bytes)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await remote.page(try ObjectPrefix("packs/many/")).entries.count == 24)
        }
    }
}
