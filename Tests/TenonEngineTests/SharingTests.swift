import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// Data goes from one store to a remote, and from there to another.
struct SharingTests {
    /// Two stores that see the same work tree, and a directory remote.
    private func with(_ body: (Workshop, Engine, String) async throws -> Void) async throws {
        try await Workshop.with { here in
            try await Workshop.with { there in
                try await here.twoCommits()
                let url = here.root + "/remote"
                _ = try await here.engine.remote(
                    RemoteRequest(workTree: here.context, action: .add, name: "origin", url: url), Reporter())
                try await body(here, there.engine, url)
            }
        }
    }

    private func push(_ workshop: Workshop, dryRun: Bool = false, all: Bool = false) async throws -> PushedRemote {
        let reply = try await workshop.engine.push(PushRequest(workTree: workshop.context, all: all, dryRun: dryRun), Reporter())
        return try #require(reply.remotes.first)
    }

    private func fetch(_ engine: Engine, _ workshop: Workshop, commits: [String] = [], paths: [String] = [], all: Bool = false) async throws
        -> FetchRequest.Reply
    {
        try await engine.fetch(
            FetchRequest(workTree: workshop.context, commits: commits, all: all, paths: paths.map { WirePath($0) }), Reporter())
    }

    private func files(_ directory: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.contains(".") }.sorted()
    }

    @Test("what was pushed is fetched into another store, every commit of it")
    func roundTrip() async throws {
        try await with { here, there, _ in
            let sent = try await push(here)
            #expect(sent.snapshots == 4 && sent.newSnapshots == 4 && sent.bytes > 0)
            let reply = try await fetch(there, here, all: true)
            #expect(reply.snapshots == 4 && reply.fetched == 4 && reply.failed.isEmpty && reply.bytes > 0)
            let verified = try await there.verify(VerifyRequest(workTree: here.context, scope: .stored, all: true), Reporter())
            #expect(verified.findings == 0 && verified.artifacts == 4)
            #expect(try await fetch(there, here, all: true).fetched == 0)
        }
    }

    @Test("a second push sends nothing, and a further commit only what is new")
    func incremental() async throws {
        try await with { here, _, url in
            _ = try await push(here)
            let before = try files(url)
            #expect(try await push(here).newSnapshots == 0)
            #expect(try files(url) == before)
            try here.write("data/new.csv", String(repeating: "n", count: 100))
            try await here.update()
            try here.commitAll("three")
            let sent = try await push(here)
            #expect(sent.newSnapshots == 1 && sent.bytes < 4096)
        }
    }

    @Test("what a remote was not seen to have is told without asking it")
    func unsent() async throws {
        try await with { here, _, url in
            func unsent() throws -> UnsentData {
                let tree = try WorkTree(here.context, engine: here.engine)
                return try here.engine.unsent(tree, to: try #require(try tree.usableDefaultRemote()))
            }
            #expect(try unsent().commits == 2 && unsent().snapshots.count == 4)
            _ = try await push(here)
            try FileManager.default.moveItem(atPath: url, toPath: url + "-away")
            #expect(try unsent() == UnsentData())
            try here.git("commit", "-q", "--allow-empty", "-m", "nothing")
            #expect(try unsent() == UnsentData())
            try here.write("data/new.csv", "n\n")
            try await here.update()
            try here.commitAll("three")
            try here.git("commit", "-q", "--allow-empty", "-m", "nothing")
            #expect(try unsent().commits == 1 && unsent().snapshots.count == 1)
            try here.write("data/new.csv", "m\n")
            try await here.update()
            try here.commitAll("four")
            #expect(try unsent().commits == 2 && unsent().snapshots.count == 2)
            try here.git("commit", "-q", "--amend", "-m", "four, otherwise")
            #expect(try unsent().commits == 2 && unsent().snapshots.count == 2)
            // What it is found not to have any more counts again, however long ago it was sent.
            let tree = try WorkTree(here.context, engine: here.engine)
            let id = try #require(try tree.usableDefaultRemote()?.id)
            let known = KnownSnapshots(store: here.store, remoteID: id)
            let first = try tree.pointers(in: try tree.commitIdentifier(here.commit("HEAD~4"))).values.map { try tree.pointer(in: $0.blob) }
            known.update(present: [], absent: Set(first.map(Locator.Subject.init)))
            #expect(try unsent().commits == 3)
        }
    }

    @Test("commits made in quick succession are pushed together, and one repository by one push at a time")
    func queue() {
        let queue = PushQueue()
        func item(_ inode: UInt64, _ repository: String, _ value: String) -> PushQueue.Item {
            PushQueue.Item(
                workTree: WorkTreeContext(topLevel: WirePath("/r"), device: 1, inode: inode), repository: repository, environment: ["V": value])
        }
        #expect(queue.isEmpty && queue.next() == nil)
        queue.add(item(1, "a", "1"))
        queue.add(item(1, "a", "2"))
        queue.add(item(2, "a", "3"))
        queue.add(item(3, "b", "4"))
        let first = queue.next()
        #expect(first?.environment == ["V": "2"])
        #expect(queue.next()?.environment == ["V": "4"])
        #expect(queue.next() == nil && queue.contains(repository: "a"))
        queue.add(item(1, "a", "5"))
        if let first { queue.finish(first) }
        #expect(queue.next()?.environment == ["V": "3"])
        #expect(queue.drain().map(\.environment) == [["V": "5"]])
        #expect(!queue.isEmpty)
    }

    @Test("a dry run sends nothing and says what a push then sends")
    func dryRun() async throws {
        try await with { here, _, url in
            let before = try files(url)
            let planned = try await push(here, dryRun: true)
            #expect(try files(url) == before)
            let sent = try await push(here)
            #expect(planned.newSnapshots == sent.newSnapshots)
            // Blocks that are encoded anew may come out smaller, and packs have a frame.
            #expect(planned.bytes > 0 && planned.bytes <= sent.bytes * 2)
        }
    }

    @Test("a path inside an artifact is fetched without the rest of it")
    func partial() async throws {
        try await with { here, there, _ in
            try here.write("data/large.bin", String((0..<40_000).map { _ in Character(UnicodeScalar(UInt8.random(in: 33...126))) }))
            try await here.update()
            try here.commitAll("large")
            _ = try await push(here)
            let some = try await fetch(there, here, paths: ["data/a.csv"])
            #expect(some.fetched == 1 && some.bytes < 20_000)
            let tree = try WorkTree(here.context, engine: there)
            let head = try #require(try tree.headCommit())
            let path = try RelativePath("data")
            let data = try tree.pointer(in: try #require(try tree.pointers(in: head)[path]).blob)
            #expect(!there.store.isStored(data))
            var bytes: [UInt8] = []
            let collected = Collected<[UInt8]>()
            try await there.cat(CatRequest(workTree: here.context, path: WirePath("data/a.csv")), sink: { collected.append(Array($0)) })
            bytes = collected.values.flatMap { $0 }
            #expect(String(decoding: bytes, as: UTF8.self) == "a,2\n")
        }
    }

    @Test("damage on the remote is found, named, and nothing of it is kept")
    func damage() async throws {
        try await with { here, there, url in
            _ = try await push(here)
            for name in try files(url) where name.hasSuffix(".pack") {
                let path = url + "/" + name
                var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
                let footer = try PackReader.open(ArraySource(bytes)).footer
                for index in 0..<footer.blockCount {
                    let block = footer.block(index)
                    bytes[Int(block.offset) + block.length - 1] ^= 0xFF
                }
                chmod(path, 0o644)
                try Data(bytes).write(to: URL(fileURLWithPath: path))
            }
            let reply = try await fetch(there, here, all: true)
            #expect(reply.fetched == 0 && reply.failed.count == 4)
            for failure in reply.failed { #expect(failure.error.code == .corrupt) }
            #expect(try there.store.statistics().packs == 0)
        }
    }

    @Test("what one remote lacks or has damaged comes from the next")
    func fallThrough() async throws {
        try await with { here, there, url in
            _ = try await push(here)
            let second = here.root + "/second"
            _ = try await here.engine.remote(RemoteRequest(workTree: here.context, action: .add, name: "second", url: second), Reporter())
            _ = try await here.engine.push(PushRequest(workTree: here.context, remotes: ["second"]), Reporter())
            for name in try files(url) where name.hasSuffix(".pack") { try FileManager.default.removeItem(atPath: url + "/" + name) }
            let reply = try await fetch(there, here)
            #expect(reply.failed.isEmpty && reply.fetched == 2)
        }
    }

    @Test("a remote that tenon.yaml proposes is not used before it is trusted, nor after it changes")
    func trust() async throws {
        try await Workshop.with { here in
            try await here.twoCommits()
            let (first, second) = (here.root + "/first", here.root + "/second")
            try here.write("tenon.yaml", "version: 1\nremotes:\n  default: team\n  team: { url: \(first) }\n")
            #expect(await errorCode { _ = try await push(here) } == .permission)
            #expect(!FileManager.default.fileExists(atPath: first))
            let listed = try await here.engine.remote(RemoteRequest(workTree: here.context, action: .list), Reporter())
            #expect(listed.remotes.map(\.trusted) == [false])
            _ = try await here.engine.remote(RemoteRequest(workTree: here.context, action: .trust, name: "team"), Reporter())
            #expect(try await push(here).newSnapshots == 4)
            try here.write("tenon.yaml", "version: 1\nremotes:\n  default: team\n  team: { url: \(second) }\n")
            #expect(await errorCode { _ = try await push(here) } == .permission)
            #expect(!FileManager.default.fileExists(atPath: second))
        }
    }

    @Test("another remote at the same address is noticed")
    func swapped() async throws {
        try await with { here, _, url in
            try FileManager.default.removeItem(atPath: url)
            #expect(await errorCode { _ = try await push(here) } == .notFound)
            try await Workshop.with { other in
                try await other.initialize()
                _ = try await other.engine.remote(RemoteRequest(workTree: other.context, action: .add, name: "x", url: url), Reporter())
            }
            #expect(await errorCode { _ = try await push(here) } == .conflict)
        }
    }

    // MARK: Faults

    private func withMemory(_ body: (Workshop, MemoryStorage, [Pointer]) async throws -> Void) async throws {
        try await Workshop.with { here in
            try await here.twoCommits()
            let tree = try WorkTree(here.context, engine: here.engine)
            let snapshots = try tree.snapshots(boundFrom: [try #require(try tree.headCommit())], {}, warn: { _ in })
            try await body(here, MemoryStorage(), snapshots)
        }
    }

    private func upload(_ engine: Engine, _ storage: MemoryStorage) -> Upload {
        Upload(engine: engine, view: view(engine, storage), meter: Meter(), jobs: 2)
    }

    private func view(_ engine: Engine, _ storage: MemoryStorage, indexLimit: UInt64 = RemoteView.quarterOfMemory) -> RemoteView {
        var policy = RetryPolicy()
        policy.attempts = 1
        return RemoteView(
            Remote(storage, policy: policy), cache: IndexCache(store: engine.store, remoteID: "memory"), indexLimit: indexLimit)
    }

    @Test("indexes that are longer than what is to be held are not read", arguments: [false, true])
    func longIndexes(areMany: Bool) async throws {
        try await withMemory { here, storage, snapshots in
            _ = try await upload(here.engine, storage).send(snapshots, isDryRun: false)
            let sizes = storage.names.filter { RemoteName.indexID($0.text) != nil }.map { storage.bytes($0)?.count ?? 0 }
            let sum = UInt64(sizes.reduce(0, +))
            let fitting = view(here.engine, storage, indexLimit: sum)
            try await fitting.loadIndexes()
            // Empty ones count too, or a listing could go on for ever.
            if areMany { for byte: UInt8 in 0..<4 { storage.set(try ObjectName(RemoteName.index(SHA256Hasher.hash([byte]))), []) } }
            _ = storage.takeCalls()
            let tight = view(here.engine, storage, indexLimit: areMany ? sum + 3 << 10 : sum - 1)
            #expect(await errorCode { try await tight.loadIndexes() } == .remote)
            #expect(await errorCode { _ = try await RemoteIndexRepair(view: tight, readsAll: true).run() } == .remote)
            #expect(storage.takeCalls() == Array(repeating: .list(RemoteName.indexes), count: 2))
        }
    }

    @Test("an index is not removed while a pack that it may list can't be reached")
    func unreachablePack() async throws {
        struct Cut: PassingStorage {
            let base: MemoryStorage
            func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
                guard RemoteName.packID(name.text) == nil else { throw TransientFailure(TenonError(.remote, "it is away"), isAnswer: false) }
                return try await base.read(name, range, into: sink)
            }
        }
        try await withMemory { here, storage, snapshots in
            _ = try await upload(here.engine, storage).send(snapshots, isDryRun: false)
            let index = try #require(storage.names.first { RemoteName.indexID($0.text) != nil })
            let good = try #require(storage.bytes(index))
            storage.set(index, good.dropLast() + [good[good.count - 1] ^ 1])
            let names = storage.names
            var policy = RetryPolicy()
            policy.attempts = 1
            let cache = IndexCache(store: here.store, remoteID: "other")
            let cut = RemoteView(Remote(Cut(base: storage), policy: policy), cache: cache)
            #expect(await errorCode { _ = try await RemoteIndexRepair(view: cut, readsAll: true).run() } == .remote)
            #expect(storage.names == names)
            let whole = RemoteView(Remote(storage, policy: policy), cache: cache)
            #expect(try await RemoteIndexRepair(view: whole, readsAll: true).run().count == 1)
            try await view(here.engine, storage).loadIndexes()
        }
    }

    @Test("whatever call of a push fails, what points to something points to what is there, and the next push completes it")
    func interrupted() async throws {
        try await withMemory { here, storage, snapshots in
            _ = try await upload(here.engine, storage).send(snapshots, isDryRun: false)
            let packs = storage.names.filter { $0.text.hasPrefix(RemoteName.packs) }
            for call in 0..<40 {
                let storage = MemoryStorage()
                for _ in 0..<call { storage.fail(.latency(.zero)) }
                storage.fail(.refused)
                let failed = await errorCode { _ = try await upload(here.engine, storage).send(snapshots, isDryRun: false) } != nil
                try await expectClosed(storage)
                if failed { _ = try await upload(here.engine, storage).send(snapshots, isDryRun: false) }
                try await expectClosed(storage)
                #expect(storage.names.filter { RemoteName.subject($0.text) != nil }.count == snapshots.count)
                // What arrived before an index could say so is found, and not sent under another name.
                #expect(storage.names.filter { $0.text.hasPrefix(RemoteName.packs) } == packs)
                // The fault came too late to be met: every call has failed once.
                if !failed { break }
            }
        }
    }

    /// Every index names packs that are there, and every locator blocks of packs that are there.
    private func expectClosed(_ storage: MemoryStorage) async throws {
        for name in storage.names {
            let bytes = try #require(storage.bytes(name))
            if RemoteName.indexID(name.text) != nil {
                for pack in try RemoteIndex(parsing: bytes).packs {
                    let name = try ObjectName(RemoteName.pack(pack.id))
                    #expect(storage.bytes(name) != nil)
                }
            } else if RemoteName.subject(name.text) != nil {
                for part in try Locator(parsing: bytes).parts {
                    let name = try ObjectName(RemoteName.pack(part.pack.id))
                    let pack = try #require(storage.bytes(name))
                    let footer = try PackReader.open(ArraySource(pack)).footer
                    #expect(part.runs.allSatisfy { Int($0.upperBound) <= footer.blockCount })
                }
            }
        }
    }

    @Test("two who push the same at once leave a remote that serves both")
    func concurrentWriters() async throws {
        try await withMemory { here, storage, snapshots in
            async let first = upload(here.engine, storage).send(snapshots, isDryRun: false)
            async let second = upload(here.engine, storage).send(snapshots, isDryRun: false)
            _ = try await (first, second)
            try await expectClosed(storage)
            try await Workshop.with { there in
                let download = Download(engine: there.engine, view: view(there.engine, storage), meter: Meter(), jobs: 2)
                for pointer in snapshots {
                    let isThere = try await download.bring(pointer)
                    #expect(isThere)
                    #expect(there.store.isStored(pointer))
                }
            }
        }
    }

    @Test("who may remove nothing can push for ever", arguments: [true, false])
    func lastingStorage(isKnown: Bool) async throws {
        try await Workshop.with { here in
            try await here.manyFiles(34)
            let tree = try WorkTree(here.context, engine: here.engine)
            let snapshots = try tree.snapshots(boundFrom: [try #require(try tree.headCommit())], {}, warn: { _ in })
            let storage = MemoryStorage()
            var configuration = RemoteConfiguration(name: "origin", url: "memory")
            configuration.capabilities = isKnown ? Capabilities(words: "writes create-only compare-and-swap") : nil
            let session = RemoteSession(
                configuration, id: "memory", Remote(LastingStorage(base: storage), policy: RetryPolicy()), store: here.store)
            for snapshot in snapshots {
                _ = try await Upload(engine: here.engine, view: session.view, meter: Meter(), jobs: 2).send([snapshot], isDryRun: false)
            }
            try await expectClosed(storage)
            let indexes = storage.names.filter { RemoteName.indexID($0.text) != nil }
            // Where it is known that they would stay beside each other, none are put together.
            #expect(isKnown ? indexes.count == snapshots.count : indexes.count > snapshots.count)
        }
    }

    @Test("a locator that leads nowhere is only a hint: the indexes know the way")
    func staleLocator() async throws {
        try await withMemory { here, storage, snapshots in
            _ = try await upload(here.engine, storage).send(snapshots, isDryRun: false)
            for pointer in snapshots {
                let subject = Locator.Subject(pointer)
                storage.set(try ObjectName(RemoteName.locator(subject)), Locator(subject: subject, parts: []).bytes)
            }
            try await Workshop.with { there in
                let download = Download(engine: there.engine, view: view(there.engine, storage), meter: Meter(), jobs: 2)
                for pointer in snapshots {
                    let isThere = try await download.bring(pointer)
                    #expect(isThere)
                }
            }
        }
    }
}
