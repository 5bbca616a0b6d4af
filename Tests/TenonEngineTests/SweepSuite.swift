import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// What suites about sweeps have in common: clones that push to a storage in memory.
protocol SweepSuite {}

extension SweepSuite {
    /// A clone with a branch `main` of two commits and a branch `side` with data of its own, all of it pushed.
    func with(_ body: (Workshop, MemoryStorage) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await prepare(shop)
            let storage = MemoryStorage()
            // Apart, so that each branch has packs of its own.
            _ = try await delivery(shop, storage).send(bound(shop, "main"), readsRefs: true)
            try await push(shop, storage)
            try await body(shop, storage)
        }
    }

    func prepare(_ shop: Workshop) async throws {
        try await shop.twoCommits()
        try shop.git("switch", "-q", "-c", "side")
        try shop.write("side/a.csv", text(1))
        try shop.write("side/b.csv", text(2))
        try await shop.add("side")
        try shop.git("commit", "-q", "-m", "side")
        try shop.git("switch", "-q", "main")
    }

    func text(_ seed: Int) -> String { (0..<2000).map { "\(seed),\($0 &* 7919 % 1013)\n" }.joined() }

    func remote(_ storage: MemoryStorage) -> Remote {
        var policy = RetryPolicy()
        policy.attempts = 1
        return Remote(storage, policy: policy)
    }

    func session(
        _ shop: Workshop, _ storage: MemoryStorage, capabilities: String = "writes create-only compare-and-swap conditional-delete"
    ) -> RemoteSession {
        var configuration = RemoteConfiguration(name: "origin", url: "memory")
        configuration.capabilities = Capabilities(words: capabilities)
        return RemoteSession(configuration, id: String(repeating: "e", count: 32), remote(storage), store: shop.store)
    }

    func delivery(_ shop: Workshop, _ storage: MemoryStorage, tree: String? = nil) -> Delivery {
        Delivery(
            engine: shop.engine, session: session(shop, storage), workTree: tree.map(shop.context(of:)) ?? shop.context, meter: Meter(), jobs: 2)
    }

    /// What commits bind: of all branches, or of one.
    func bound(_ shop: Workshop, _ branch: String? = nil, tree: String? = nil) throws -> [Pointer] {
        let tree = try WorkTree(tree.map(shop.context(of:)) ?? shop.context, engine: shop.engine)
        let starts = try branch.map { try tree.commitIdentifier(try shop.commit($0)) }.map { [$0] } ?? tree.tips()
        return try tree.snapshots(boundFrom: starts, {}, warn: { _ in })
    }

    @discardableResult
    func push(_ shop: Workshop, _ storage: MemoryStorage, readsRefs: Bool = true, tree: String? = nil) async throws -> Upload.Totals {
        try await delivery(shop, storage, tree: tree).send(bound(shop, tree: tree), readsRefs: readsRefs)
    }

    /// What is left of a push that has looked at the remote already: the bytes, then the roots.
    func finishPush(of pointer: Pointer, _ session: RemoteSession, _ shop: Workshop) async throws -> Upload.Totals {
        let totals = try await Upload(engine: shop.engine, view: session.view, meter: Meter(), jobs: 2).send([pointer], isDryRun: false)
        let keeper = RootsKeeper(engine: shop.engine, session: session, pinned: try PinnedContent(shop.context, engine: shop.engine))
        try await keeper.carryOut(.add([Locator.Subject(pointer)]), RootsKeeper.Standing())
        return totals
    }

    @discardableResult
    func sweep(
        _ shop: Workshop, _ storage: MemoryStorage, grace: UInt64 = 0, forget: [String] = [], dryRun: Bool = false
    ) async throws -> RemoteSweepResult {
        let options = RemoteSweepOptions(grace: grace, forget: forget)
        let job = SweepJob(
            engine: shop.engine, request: SweepRequest(workTree: shop.context, dryRun: dryRun, remote: options), session: session(shop, storage),
            meter: Meter())
        return try await dryRun ? job.plan() : job.run()
    }

    func names(_ storage: MemoryStorage, _ prefix: String) -> [String] {
        storage.names.map(\.text).filter { $0.hasPrefix(prefix) }
    }

    /// Every locator names packs that are there; every index too, but for what is listed as swept.
    func expectClosed(_ storage: MemoryStorage, _ comment: Comment? = nil) throws {
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
    func expectWhole(_ pointers: [Pointer], _ storage: MemoryStorage) async throws {
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

    func hasLocator(_ pointer: Pointer, _ storage: MemoryStorage) throws -> Bool {
        storage.bytes(try ObjectName(RemoteName.locator(Locator.Subject(pointer)))) != nil
    }

    func side(_ shop: Workshop) throws -> Pointer {
        let main = Set(try bound(shop, "main").map(Locator.Subject.init))
        return try #require(try bound(shop, "side").first { !main.contains(Locator.Subject($0)) })
    }
}
