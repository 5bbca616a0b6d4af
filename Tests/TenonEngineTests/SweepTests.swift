import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// Sweeps of a remote beside pushes, over a storage in memory.
struct SweepTests {
    /// A clone with a branch `main` of two commits and a branch `side` with data of its own, all of it pushed.
    private func with(_ body: (Workshop, MemoryStorage) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await prepare(shop)
            let storage = MemoryStorage()
            // Apart, so that each branch has packs of its own.
            _ = try await delivery(shop, storage).send(bound(shop, "main"), readsRefs: true)
            try await push(shop, storage)
            try await body(shop, storage)
        }
    }

    private func prepare(_ shop: Workshop) async throws {
        try await shop.twoCommits()
        try shop.git("switch", "-q", "-c", "side")
        try shop.write("side/a.csv", text(1))
        try shop.write("side/b.csv", text(2))
        try await shop.add("side")
        try shop.git("commit", "-q", "-m", "side")
        try shop.git("switch", "-q", "main")
    }

    private func text(_ seed: Int) -> String { (0..<2000).map { "\(seed),\($0 &* 7919 % 1013)\n" }.joined() }

    private func remote(_ storage: MemoryStorage) -> Remote {
        var policy = RetryPolicy()
        policy.attempts = 1
        return Remote(storage, policy: policy)
    }

    private func session(_ shop: Workshop, _ storage: MemoryStorage) -> RemoteSession {
        var configuration = RemoteConfiguration(name: "origin", url: "memory")
        configuration.capabilities = Capabilities(words: "writes create-only compare-and-swap conditional-delete")
        let id = String(repeating: "e", count: 32)
        return RemoteSession(
            configuration: configuration, id: id, view: RemoteView(remote(storage), cache: IndexCache(store: shop.store, remoteID: id)))
    }

    private func delivery(_ shop: Workshop, _ storage: MemoryStorage, tree: String? = nil) -> Delivery {
        Delivery(
            engine: shop.engine, session: session(shop, storage), workTree: tree.map(shop.context(of:)) ?? shop.context, meter: Meter(), jobs: 2)
    }

    /// What commits bind: of all branches, or of one.
    private func bound(_ shop: Workshop, _ branch: String? = nil, tree: String? = nil) throws -> [Pointer] {
        let tree = try WorkTree(tree.map(shop.context(of:)) ?? shop.context, engine: shop.engine)
        let starts = try branch.map { try tree.commitIdentifier(try shop.commit($0)) }.map { [$0] } ?? tree.tips()
        return try tree.snapshots(boundFrom: starts, {}, warn: { _ in })
    }

    @discardableResult
    private func push(_ shop: Workshop, _ storage: MemoryStorage, readsRefs: Bool = true, tree: String? = nil) async throws -> Upload.Totals {
        try await delivery(shop, storage, tree: tree).send(bound(shop, tree: tree), readsRefs: readsRefs)
    }

    @discardableResult
    private func sweep(
        _ shop: Workshop, _ storage: MemoryStorage, grace: UInt64 = 0, forget: [String] = [], dryRun: Bool = false
    ) async throws -> RemoteSweepResult {
        let options = RemoteSweepOptions(grace: grace, forget: forget)
        let job = SweepJob(
            engine: shop.engine, request: SweepRequest(workTree: shop.context, dryRun: dryRun, remote: options), session: session(shop, storage),
            meter: Meter())
        return try await dryRun ? job.plan() : job.run()
    }

    private func names(_ storage: MemoryStorage, _ prefix: String) -> [String] {
        storage.names.map(\.text).filter { $0.hasPrefix(prefix) }
    }

    /// Every locator names packs that are there; every index too, but for what is listed as swept.
    private func expectClosed(_ storage: MemoryStorage, _ comment: Comment? = nil) throws {
        var swept: Set<PackID> = []
        for name in storage.names where RemoteName.condemned(name.text)?.isSwept == true {
            for entry in try CondemnedList(parsing: try #require(storage.bytes(name))).entries {
                if case .pack(let id) = entry.target { swept.insert(id) }
            }
        }
        for name in storage.names {
            let bytes = try #require(storage.bytes(name))
            if RemoteName.indexID(name.text) != nil {
                for pack in try RemoteIndex(parsing: bytes).packs where !swept.contains(pack.id) {
                    #expect(storage.bytes(try ObjectName(RemoteName.pack(pack.id))) != nil, comment)
                }
            } else if RemoteName.subject(name.text) != nil {
                for part in try Locator(parsing: bytes).parts {
                    #expect(storage.bytes(try ObjectName(RemoteName.pack(part.pack.id))) != nil, comment)
                }
            }
        }
    }

    /// All of it comes out of the remote into a store that has nothing, by indexes and by locators.
    private func expectWhole(_ pointers: [Pointer], _ storage: MemoryStorage) async throws {
        try await Workshop.with { reader in
            let view = RemoteView(remote(storage), cache: IndexCache(store: reader.store, remoteID: "reader"))
            let check = try await RemoteCheck(engine: reader.engine, view: view, meter: Meter(), jobs: 2)
                .run(pointers, sample: RemoteSample(share: 1, seed: 0))
            #expect(check.faults.isEmpty && check.lost.isEmpty && check.damage.packs.isEmpty && check.damage.blocks.isEmpty)
            let download = Download(engine: reader.engine, view: view, meter: Meter(), jobs: 2)
            for pointer in pointers {
                let isThere = try await download.bring(pointer)
                #expect(isThere && reader.store.isStored(pointer))
            }
        }
    }

    private func hasLocator(_ pointer: Pointer, _ storage: MemoryStorage) throws -> Bool {
        storage.bytes(try ObjectName(RemoteName.locator(Locator.Subject(pointer)))) != nil
    }

    private func side(_ shop: Workshop) throws -> Pointer {
        let main = Set(try bound(shop, "main").map(Locator.Subject.init))
        return try #require(try bound(shop, "side").first { !main.contains(Locator.Subject($0)) })
    }

    // MARK: Roots

    @Test func `A push says what refs bind, a second one says nothing, and what is dropped is withdrawn`() async throws {
        try await with { shop, storage in
            let before = storage.names
            #expect(names(storage, "roots/").count == 2 && names(storage, "leases/").isEmpty)
            let roots = try names(storage, "roots/").map { try RemoteRoots(parsing: try #require(storage.bytes(try ObjectName($0)))) }
            #expect(Set(roots.flatMap(\.subjects)) == Set(try bound(shop).map(Locator.Subject.init)))
            #expect(roots.allSatisfy { $0.writer.hasSuffix(":tree") } && roots.map(\.subjects.count).reduce(0, +) == 5)
            _ = storage.takeCalls()
            try await push(shop, storage)
            #expect(storage.names == before)
            #expect(!storage.takeCalls().contains { if case .create = $0 { true } else { false } }, "no lease is taken for nothing")
            let side = try side(shop)
            try shop.git("branch", "-q", "-D", "side")
            try await push(shop, storage)
            let after = try RemoteRoots(parsing: try #require(storage.bytes(try ObjectName(names(storage, "roots/")[0]))))
            #expect(names(storage, "roots/").count == 1 && !after.subjects.contains(Locator.Subject(side)) && after.subjects.count == 4)
        }
    }

    @Test func `A push that reads no refs adds to what was said, and many additions become one`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            for number in 0..<3 {
                try shop.write("more.bin", "more \(number)")
                if number == 0 { try await shop.add("more.bin") } else { try await shop.update() }
                try shop.git("commit", "-q", "-a", "-m", "more \(number)")
                try await push(shop, storage, readsRefs: false)
                #expect(names(storage, "roots/").count == number + 3, "nothing is withdrawn")
            }
            try await push(shop, storage)
            #expect(names(storage, "roots/").count == 1)
        }
    }

    @Test func `A copy of a clone withdraws nothing that the clone has said`() async throws {
        try await with { shop, storage in
            let said = names(storage, "roots/")
            let copy = shop.root + "/copy"
            try FileManager.default.copyItem(atPath: shop.tree, toPath: copy)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["git", "-C", copy, "branch", "-q", "-D", "side"]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            try await push(shop, storage, tree: copy)
            #expect(Set(said).isSubset(of: names(storage, "roots/")) && names(storage, "roots/").count == 3)
            #expect(Set(names(storage, "roots/").map { $0.split(separator: "/")[1] }).count == 1, "it has the same id")
        }
    }

    @Test func `Many small snapshots share packs and an index`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            for number in 0..<40 {
                try shop.write("files/\(number).txt", "number \(number)")
                try await shop.add("files/\(number).txt")
            }
            try shop.git("commit", "-q", "-m", "many")
            let storage = MemoryStorage()
            let totals = try await push(shop, storage)
            #expect(totals.snapshots == 40 && names(storage, "snapshots/").count == 40)
            #expect(names(storage, "index/").count == 1)
        }
    }

    // MARK: Sweeps

    @Test func `What no clone needs goes in the second sweep, and nothing else`() async throws {
        try await with { shop, storage in
            try await Workshop.with { other in
                // Another repository with other data, and some that is the same.
                try await other.initialize()
                try other.write("own/x.csv", text(3))
                try other.write("own/a.csv", text(1))
                try await other.add("own")
                try other.git("commit", "-q", "-m", "own")
                try await push(other, storage)
                let side = try side(shop)
                try shop.git("branch", "-q", "-D", "side")
                let packs = names(storage, "packs/")

                let planned = try await sweep(shop, storage, dryRun: true)
                let first = try await sweep(shop, storage)
                #expect(planned.condemned == first.condemned && planned.needed == first.needed)
                #expect(first.condemned.snapshots == 1 && first.removed == SweepCount() && first.repositories.count == 2)
                #expect(try names(storage, "packs/") == packs && hasLocator(side, storage))
                try await expectWhole(try bound(shop) + bound(other) + [side], storage)

                let second = try await sweep(shop, storage)
                #expect(second.removed.snapshots == 1 && second.removed == first.condemned && second.condemned == SweepCount())
                #expect(try !hasLocator(side, storage))
                try expectClosed(storage)
                try await expectWhole(try bound(shop) + bound(other), storage)
                let third = try await sweep(shop, storage)
                #expect([third.removed, third.condemned, third.waiting].allSatisfy { $0 == SweepCount() })
                #expect(names(storage, "leases/").isEmpty && !names(storage, "sweep/").contains(RemoteName.sweepLock))
                // The list of what has gone goes when it is old and nobody pushes.
                storage.advance(by: 2 * 3600 * 1000)
                try await sweep(shop, storage)
                #expect(names(storage, "sweep/").isEmpty && names(storage, "probe/").isEmpty)
                // And what went is stored there again when it is pushed again.
                let totals = try await delivery(shop, storage).send([side], readsRefs: true)
                #expect(totals.snapshots == 1)
                try await expectWhole(try bound(shop) + bound(other) + [side], storage)
            }
        }
    }

    @Test func `What is young is not condemned, and what was condemned waits`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            #expect(try await sweep(shop, storage, grace: 3600).condemned == SweepCount())
            storage.advance(by: 3_600_000)
            #expect(try await sweep(shop, storage, grace: 3600).condemned.snapshots == 1)
            storage.advance(by: 3_000_000)
            let waiting = try await sweep(shop, storage, grace: 3600)
            #expect(waiting.waiting.snapshots == 1 && waiting.removed == SweepCount() && waiting.due != nil && waiting.condemned == SweepCount())
            storage.advance(by: 600_000)
            #expect(try await sweep(shop, storage, grace: 3600).removed.snapshots == 1)
        }
    }

    @Test func `A push that began before the first look is waited for, and what it found stays`() async throws {
        try await with { shop, storage in
            let side = try side(shop)
            try shop.git("branch", "-q", "-D", "side")
            try await push(shop, storage)
            let delivery = delivery(shop, storage)
            let view = delivery.session.view
            try await Lease.holding(view.remote) { lease, condemned in
                view.heed(condemned, under: lease)
                let isThere = try await view.present([Locator.Subject(side)]).count == 1
                #expect(isThere)
                // Both looks fall into the push.
                #expect(try await sweep(shop, storage).condemned.snapshots == 1)
                let second = try await sweep(shop, storage)
                #expect(second.removed == SweepCount() && second.waiting.snapshots == 1 && second.pushes == 1 && second.due == nil)
                let totals = try await Upload(engine: shop.engine, view: view, meter: Meter(), jobs: 2).send([side], isDryRun: false)
                #expect(totals.snapshots == 0)
                let keeper = RootsKeeper(
                    engine: shop.engine, session: delivery.session, pinned: try PinnedContent(shop.context, engine: shop.engine))
                try await keeper.carryOut(.add([Locator.Subject(side)]), RootsKeeper.Standing())
            }
            // Another clone sweeps: it does not give up what this one has said.
            try await Workshop.with { other in
                try await other.initialize()
                let third = try await sweep(other, storage)
                #expect(third.removed == SweepCount() && third.waiting == SweepCount())
                #expect(names(storage, "sweep/").isEmpty)
            }
            try await expectWhole(try bound(shop) + [side], storage)
        }
    }

    @Test func `A push that begins after the first look sends again what is condemned`() async throws {
        try await with { shop, storage in
            let side = try side(shop)
            let commit = try shop.commit("side")
            try shop.git("branch", "-q", "-D", "side")
            try await sweep(shop, storage)
            let old = try #require(storage.bytes(try ObjectName(RemoteName.locator(Locator.Subject(side)))))
            try shop.git("branch", "-q", "side", commit)
            let totals = try await push(shop, storage)
            #expect(totals.snapshots == 1 && totals.bytes > 0)
            let new = try #require(storage.bytes(try ObjectName(RemoteName.locator(Locator.Subject(side)))))
            let (before, after) = (try Locator(parsing: old).parts.map(\.pack.id), try Locator(parsing: new).parts.map(\.pack.id))
            #expect(Set(before).isDisjoint(with: after))
            let second = try await sweep(shop, storage)
            #expect(second.removed.packs >= 1 && second.removed.snapshots == 0)
            try expectClosed(storage)
            try await expectWhole(try bound(shop), storage)
        }
    }

    @Test func `A locator that a killed push left holds its packs until it is condemned too`() async throws {
        try await with { shop, storage in
            let side = try side(shop)
            let name = try ObjectName(RemoteName.locator(Locator.Subject(side)))
            let locator = try #require(storage.bytes(name))
            try shop.git("branch", "-q", "-D", "side")
            storage.set(name, nil)
            try await push(shop, storage)
            let first = try await sweep(shop, storage)
            #expect(first.condemned.packs > 0 && first.condemned.snapshots == 0)
            // It had found the packs before.
            storage.set(name, locator)
            let second = try await sweep(shop, storage)
            #expect(second.removed.packs == 0 && second.condemned.snapshots == 1 && second.condemned.packs == first.condemned.packs)
            try expectClosed(storage)
            #expect(try await sweep(shop, storage).removed == second.condemned)
            try expectClosed(storage)
        }
    }

    @Test func `Stopped at any call, a sweep leaves all that is needed, and the next one does the rest`() async throws {
        try await with { shop, storage in
            let kept = try bound(shop, "main")
            try shop.git("branch", "-q", "-D", "side")
            try await push(shop, storage)
            try await sweep(shop, storage)
            let finished = MemoryStorage(copying: storage)
            try await sweep(shop, finished)
            let packs = names(finished, "packs/")
            #expect(packs.count < names(storage, "packs/").count)
            for call in 0..<200 {
                let storage = MemoryStorage(copying: storage)
                for _ in 0..<call { storage.fail(.latency(.zero)) }
                storage.fail(call % 2 == 0 ? .refused : .answerLost)
                let failed = await errorCode { _ = try await sweep(shop, storage) } != nil
                // The fault came too late to be met.
                if !failed && storage.hasFaults { break }
                try expectClosed(storage, "call \(call)")
                for pointer in kept { #expect(try hasLocator(pointer, storage), "call \(call)") }
                // A lease that was left counts for a day.
                storage.advance(by: SweepPlan.leaseExpiry + 1)
                try await sweep(shop, storage)
                try await sweep(shop, storage)
                try expectClosed(storage, "call \(call)")
                #expect(names(storage, "packs/") == packs && names(storage, "snapshots/") == names(finished, "snapshots/"), "call \(call)")
            }
            try await expectWhole(kept, finished)
        }
    }

    @Test func `Indexes that are merged from what was read before come to nothing`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            try await sweep(shop, storage)
            let old = names(storage, "index/").compactMap { name in (try? ObjectName(name)).flatMap { name in storage.bytes(name).map { (name, $0) } }
            }
            try await sweep(shop, storage)
            // Somebody had them in hand.
            for (name, bytes) in old { storage.set(name, bytes) }
            storage.advance(by: 2 * 3600 * 1000)
            // Who pushes now passes over what has gone.
            let delivery = delivery(shop, storage)
            delivery.session.view.heed(try await CondemnedObjects.read(remote(storage)))
            try await delivery.session.view.loadIndexes()
            #expect(delivery.session.view.packs.allSatisfy { storage.bytes((try? ObjectName(RemoteName.pack($0.id)))!) != nil })
            try await sweep(shop, storage)
            #expect(!names(storage, "sweep/").isEmpty, "the list stays while an index names what is on it")
            try expectClosed(storage)
            try await sweep(shop, storage)
            #expect(names(storage, "sweep/").isEmpty)
            try expectClosed(storage)
        }
    }

    @Test func `Roots that were not seen at the first look are seen at the second`() async throws {
        try await with { shop, storage in
            try await Workshop.with { other in
                try await other.initialize()
                let said = try names(storage, "roots/").map { name in
                    let name = try ObjectName(name)
                    return (name, try #require(storage.bytes(name)))
                }
                try other.write("own.bin", "own")
                try await other.add("own.bin")
                try other.git("commit", "-q", "-m", "own")
                try await push(other, storage)
                for (name, _) in said { storage.set(name, nil) }
                #expect(try await sweep(other, storage).condemned.snapshots == 5)
                for (name, bytes) in said { storage.set(name, bytes) }
                let second = try await sweep(other, storage)
                #expect(second.removed == SweepCount() && second.condemned == SweepCount())
            }
            try await expectWhole(try bound(shop), storage)
        }
    }

    @Test func `A push whose lease is stale points to nothing`() async throws {
        try await Workshop.with { shop in
            try await prepare(shop)
            let storage = MemoryStorage()
            let view = session(shop, storage).view
            let error = await errorCode {
                try await Lease.holding(view.remote, upkeep: Upkeep(limit: .zero)) { lease, condemned in
                    view.heed(condemned, under: lease)
                    _ = try await Upload(engine: shop.engine, view: view, meter: Meter(), jobs: 2).send(bound(shop), isDryRun: false)
                }
            }
            #expect(error == .busy && names(storage, "snapshots/").isEmpty && names(storage, "index/").isEmpty && names(storage, "leases/").isEmpty)
            try await push(shop, storage)
            try await expectWhole(try bound(shop), storage)
        }
    }

    @Test func `A lease is renewed under new names, and an old one is passed over`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            try await sweep(shop, storage)
            // Somebody was killed.
            storage.set(try ObjectName(RemoteName.lease(RemoteName.newIdentifier(), 3)), RemoteLease().bytes)
            #expect(try await sweep(shop, storage).removed == SweepCount())
            storage.advance(by: SweepPlan.leaseExpiry + 1)
            #expect(try await sweep(shop, storage).removed.snapshots == 1)
            #expect(names(storage, "leases/").isEmpty)
            let remote = remote(storage)
            try await Lease.holding(remote, upkeep: Upkeep(interval: .milliseconds(1))) { lease, _ in
                // The renewal is what is waited for.
                while names(storage, "leases/").allSatisfy({ RemoteName.lease($0).map { $0.number < 3 } ?? true }) { await Task.yield() }
                try lease.check()
            }
            #expect(names(storage, "leases/").isEmpty)
        }
    }

    // MARK: Refusals

    @Test func `Missing knowledge is never taken for no need`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            func refused(_ change: (MemoryStorage) throws -> Void) async throws -> TenonError? {
                let storage = MemoryStorage(copying: storage)
                try change(storage)
                let before = storage.names.filter { !$0.text.hasPrefix("roots/") }
                do {
                    try await sweep(shop, storage)
                    return nil
                } catch {
                    #expect(storage.names.filter { !$0.text.hasPrefix("roots/") } == before)
                    return error as? TenonError
                }
            }
            let kept = try #require(try bound(shop, "main").first)
            let locator = try ObjectName(RemoteName.locator(Locator.Subject(kept)))
            let foreign = RemoteName.newIdentifier()
            let statement = RemoteRoots(repository: foreign, writer: "w", nonce: foreign, subjects: [Locator.Subject(kept)])
            let name = try ObjectName(RemoteName.roots(SHA256Hasher.hash(statement.bytes), of: foreign))
            #expect(try await refused { $0.set(locator, nil) }?.cause?.contains("needed and gone") == true)
            #expect(try await refused { $0.set(locator, [1]) }?.code == .corrupt)
            #expect(try await refused { $0.set(name, [1]) }?.code == .corrupt)
            #expect(try await refused { $0.set(name, statement.bytes + Array("x\n".utf8)) }?.code == .corrupt)
            #expect(try await refused { $0.set(try ObjectName("roots/new"), [1]) }?.code == .conflict)
            #expect(
                try await refused { storage in
                    for part in try Locator(parsing: try #require(storage.bytes(locator))).parts {
                        storage.set(try ObjectName(RemoteName.pack(part.pack.id)), nil)
                    }
                }?.code == .conflict)
            #expect(
                try await refused {
                    $0.set(try ObjectName(RemoteName.sweepLock), SweepClaim(store: "x", writer: "somebody", nonce: foreign).bytes)
                }?.cause == "somebody is sweeping it")
            #expect(try await refused { $0.set(try ObjectName("sweep/\(kept.oid.digest.hex).condemned"), [1]) }?.code == .corrupt)
            #expect(try await refused { $0.set(name, statement.bytes) } == nil)
        }
    }

    @Test func `A remote on which nobody has said anything is left alone`() async throws {
        try await with { shop, storage in
            for name in names(storage, "roots/") { storage.set(try ObjectName(name), nil) }
            try await Workshop.with { other in
                try await other.initialize()
                let error = await #expect(throws: TenonError.self) { try await sweep(other, storage) }
                #expect(error?.code == .conflict && error?.hint?.contains("tenon push --all") == true)
            }
        }
    }

    @Test func `A storage that can't remove on a condition is not swept`() async throws {
        try await with { shop, storage in
            var session = session(shop, storage)
            var configuration = session.configuration
            configuration.capabilities = Capabilities(words: "writes create-only compare-and-swap")
            session = RemoteSession(configuration: configuration, id: session.id, view: session.view)
            for dryRun in [true, false] {
                let job = SweepJob(
                    engine: shop.engine, request: SweepRequest(workTree: shop.context, dryRun: dryRun, remote: RemoteSweepOptions()),
                    session: session, meter: Meter())
                let error = await #expect(throws: TenonError.self) { try await dryRun ? job.plan() : job.run() }
                #expect(error?.code == .unsupported && error?.cause == "its storage has no conditional removal")
            }
        }
    }

    @Test func `A clone that is no more is given up by its id`() async throws {
        try await with { shop, storage in
            let id = try PinnedContent(shop.context, engine: shop.engine).repository
            try await Workshop.with { other in
                try await other.initialize()
                #expect(await errorCode { try await sweep(other, storage, forget: ["ffffffff"]) } == .notFound)
                #expect(await errorCode { try await sweep(shop, storage, forget: [String(id.prefix(8))]) } == .invalidArgument)
                try other.write("own.bin", "own")
                try await other.add("own.bin")
                try other.git("commit", "-q", "-m", "own")
                try await push(other, storage)
                #expect(try await sweep(other, storage, forget: [String(id.prefix(8))], dryRun: true).condemned.snapshots == 5)
                #expect(try await sweep(other, storage, forget: [String(id.prefix(8))]).condemned.snapshots == 5)
                // It is there after all.
                try await push(shop, storage)
                #expect(try await sweep(other, storage).removed.snapshots == 0)
                try await expectWhole(try bound(shop) + bound(other), storage)
            }
        }
    }

    @Test func `Capabilities are recorded in words`() {
        var capabilities = Capabilities()
        #expect(capabilities.words == ["none"] && Capabilities(words: "none") == capabilities)
        (capabilities.writes, capabilities.conditionalDelete) = (true, true)
        #expect(capabilities.words == ["writes", "conditional-delete"])
        #expect(Capabilities(words: "writes conditional-delete something-new") == capabilities)
    }
}
