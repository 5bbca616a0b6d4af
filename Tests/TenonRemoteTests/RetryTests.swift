import TenonCore
import TenonRemote
import TenonTesting
import Testing

@Suite("What a remote does about failures that pass")
struct RetryTests {
    let storage = MemoryStorage(pieceSize: 1000)
    let name: ObjectName

    init() throws {
        name = try ObjectName("packs/one.pack")
    }

    private var remote: Remote { Remote(storage, policy: .forTests) }

    @Test("Every call is made again when the storage was busy or late")
    func busy() async throws {
        storage.fail(.refused, .throttled(.milliseconds(1)), .latency(.milliseconds(5)))
        #expect(try await remote.create(name, bytes: [1]) == .created)
        storage.fail(.refused)
        let entry = try #require(try await remote.head(name))
        storage.fail(.refused, .refused)
        #expect(try await remote.page(.all).entries == [entry])
        storage.fail(.refused)
        #expect(try await remote.contents(of: name, limit: 1)?.bytes == [1])
        storage.fail(.refused)
        #expect(try await remote.delete(name, entry.tag) == .deleted)
    }

    @Test("How long a storage may be silent is said in seconds, and nothing else is taken")
    func patience() throws {
        #expect(try RetryPolicy(RemoteEnvironment(["TENON_REMOTE_PATIENCE": "7"])).stall == .seconds(7))
        #expect(try RetryPolicy(RemoteEnvironment([:])).patience == .seconds(30))
        for text in ["0", "-1", "x", "3601", "1.5", "99999999999999999999"] {
            #expect(throws: TenonError.self) { try RetryPolicy(RemoteEnvironment(["TENON_REMOTE_PATIENCE": text])) }
        }
    }

    @Test("It is not made again without end")
    func givingUp() async throws {
        for _ in 0..<20 { storage.fail(.refused) }
        do {
            _ = try await remote.head(name)
            Issue.record("a storage that is always busy answered")
        } catch let error as TenonError {
            #expect(error.code == .remote)
        }
        #expect(storage.takeCalls().count == RetryPolicy.forTests.attempts)
    }

    @Test("A silent storage is given up when patience ends, after one more attempt")
    func patience() async throws {
        var policy = RetryPolicy.forTests
        policy.stall = .milliseconds(60)
        policy.patience = .milliseconds(50)
        for _ in 0..<20 { storage.fail(.silent) }
        do {
            _ = try await Remote(storage, policy: policy).head(name)
            Issue.record("a silent storage answered")
        } catch let error as TenonError {
            #expect(error.code == .remote)
            #expect(error.hint != nil)
        }
        #expect(storage.takeCalls().count == 2)
    }

    @Test("A create-only write whose answer was lost counts as done if its bytes lie there")
    func lostCreate() async throws {
        storage.fail(.answerLost)
        #expect(try await remote.create(name, bytes: [1, 2]) == .created)
        #expect(storage.bytes(name) == [1, 2])

        let other = try ObjectName("packs/two.pack")
        storage.set(other, [9, 9])
        storage.fail(.refused)
        #expect(try await remote.create(other, bytes: [1, 2]) == .alreadyThere)
        #expect(storage.bytes(other) == [9, 9])
    }

    /// One that sees to stable storage itself, as a directory does.
    private struct SettlingStorage: PassingStorage {
        let base: MemoryStorage
        let settlesOnCreate = true
    }

    @Test("A storage that answers for stable storage is asked again, whatever can be seen there")
    func settling() async throws {
        let remote = Remote(SettlingStorage(base: storage), policy: .forTests)
        storage.fail(.answerLost)
        #expect(try await remote.create(name, bytes: [1, 2]) == .created)
        #expect(storage.takeCalls().count { $0 == .create(name) } == 2)
        try await remote.settle(name, ObjectBody(bytes: [1, 2]))
        #expect(storage.takeCalls().contains(.create(name)))
        // Others would send all of it once more.
        storage.fail(.answerLost)
        let other = try ObjectName("packs/two.pack")
        #expect(try await self.remote.create(other, bytes: [1, 2]) == .created)
        try await self.remote.settle(other, ObjectBody(bytes: [1, 2]))
        #expect(storage.takeCalls().count { $0 == .create(other) } == 1)
    }

    @Test("A long one counts as done by its length")
    func lostLongCreate() async throws {
        storage.fail(.answerLost)
        #expect(try await remote.create(name, bytes: seededBytes(1_100_000)) == .created)
        #expect(!storage.takeCalls().contains(.read(name, .whole)))
    }

    @Test("A compare-and-swap whose answer was lost is told by what lies there")
    func lostReplace() async throws {
        storage.set(name, [1])
        let tag = try #require(try await remote.head(name)).tag
        storage.fail(.answerLost)
        guard case .replaced(let now) = try await remote.replace(name, tag, with: [2]) else {
            Issue.record("not replaced")
            return
        }
        #expect(try await remote.head(name)?.tag == now)
        storage.set(name, [3])
        storage.fail(.refused)
        #expect(try await remote.replace(name, now, with: [4]) == .changed)
    }

    @Test("A removal whose answer was lost counts as done when nothing is there")
    func lostDelete() async throws {
        storage.set(name, [1])
        let tag = try #require(try await remote.head(name)).tag
        storage.fail(.answerLost)
        #expect(try await remote.delete(name, tag) == .deleted)
    }

    @Test(
        "A read that breaks goes on where it stopped, and delivers each byte once",
        arguments: [ObjectRange.whole, .bytes(10..<9000), .last(5000), .from(77)])
    func cutReads(_ range: ObjectRange) async throws {
        let bytes = seededBytes(10_000)
        storage.set(name, bytes)
        storage.fail(.cut(after: 0), .cut(after: 1), .refused, .cut(after: 1500), .cut(after: 2600))
        let read = try await remote.bytes(of: name, range, limit: 10_000)
        #expect(read.bytes == Array(bytes[Int(read.slice.range.lowerBound)..<Int(read.slice.range.upperBound)]))
        let expected = try range.resolved(size: 10_000, of: name)
        #expect(read.slice.range == expected)
    }

    @Test("A read that makes progress is never given up")
    func slowProgress() async throws {
        storage.set(name, seededBytes(10_000))
        for _ in 0..<30 { storage.fail(.cut(after: 100)) }
        #expect(try await remote.bytes(of: name, .whole, limit: 10_000).bytes == seededBytes(10_000))
    }

    @Test("A body that ends early without a word is refused")
    func shortBody() async throws {
        storage.set(name, seededBytes(10_000))
        storage.fail(.short(9999))
        await #expect(throws: TenonError.self) { try await remote.bytes(of: name, .whole, limit: 10_000) }
        storage.fail(.short(0))
        await #expect(throws: TenonError.self) { try await remote.contents(of: name, limit: 10_000) }
    }

    @Test("An object that is too long for its reader is refused before it is held")
    func tooLong() async throws {
        storage.set(name, seededBytes(10_000))
        await #expect(throws: TenonError.self) { try await remote.contents(of: name, limit: 9999) }
    }

    @Test("A stalled transfer is begun anew")
    func stall() async throws {
        var policy = RetryPolicy.forTests
        policy.stall = .milliseconds(50)
        storage.set(name, seededBytes(3000))
        storage.fail(.silent)
        #expect(try await Remote(storage, policy: policy).bytes(of: name, .whole, limit: 3000).bytes == seededBytes(3000))
        #expect(storage.takeCalls().count == 2)
    }

    @Test("A reader that is slow does not make a transfer look stalled")
    func slowReader() async throws {
        struct SlowSink: ByteSink {
            func write(_ bytes: [UInt8]) async throws { try await Task.sleep(for: .milliseconds(120)) }
        }
        var policy = RetryPolicy.forTests
        policy.stall = .milliseconds(60)
        storage.set(name, seededBytes(2000))
        try await Remote(storage, policy: policy).read(name, into: SlowSink())
        #expect(storage.takeCalls().count == 1)
    }

    @Test("A listing that lies is refused", arguments: ["endless", "outside", "backwards"])
    func lyingListing(_ lie: String) async throws {
        for text in ["a/1", "a/2", "b/1"] { storage.set(try ObjectName(text), [1]) }
        switch lie {
        case "endless": storage.fail(.latency(.zero), .endlessListing, .endlessListing, .endlessListing)
        case "outside": storage.fail(.foreignName(try ObjectName("c")))
        default: storage.fail(.foreignName(try ObjectName("a/0")))
        }
        do {
            if lie == "endless" {
                let first = try await remote.page(try ObjectPrefix("a/"), limit: 1)
                _ = try await remote.page(try ObjectPrefix("a/"), after: first.next, limit: 1)
            } else {
                _ = try await remote.page(try ObjectPrefix("a/"))
            }
            Issue.record("the listing was believed")
        } catch let error as TenonError {
            #expect(error.code == .corrupt)
        }
    }

    @Test("A listing that lags shows less, and what is not in it is still found by name")
    func laggingListing() async throws {
        _ = try await remote.create(name, bytes: [1])
        storage.fail(.outdatedListing)
        #expect(try await remote.page(.all).entries.isEmpty)
        #expect(try await remote.head(name) != nil)
        #expect(try await remote.create(name, bytes: [1]) == .alreadyThere)
    }

    @Test("A write that meets another one (409) is made again")
    func conflict() async throws {
        storage.fail(.conflict)
        #expect(try await remote.create(name, bytes: [1]) == .created)
    }

    @Test("Pauses grow, are drawn at random, and keep to what the storage asked")
    func pauses() {
        let policy = RetryPolicy()
        for number in 2..<70 {
            let pause = policy.pause(beforeAttempt: number, asked: nil)
            #expect(pause >= .zero && pause <= policy.longestPause)
            #expect(policy.pause(beforeAttempt: number, asked: .seconds(7)) >= .seconds(7))
            #expect(policy.pause(beforeAttempt: number, asked: .seconds(100_000)) <= .seconds(80))
        }
        #expect(Set((0..<20).map { _ in policy.pause(beforeAttempt: 5, asked: nil) }).count > 1)
    }
}
