import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// Pushes that begin before, during and after the looks of a sweep.
struct SweepBesidePushesTests: SweepSuite {
    @Test func `Many small snapshots share packs and an index`() async throws {
        try await Workshop.with { shop in
            try await shop.manyFiles(40)
            let storage = MemoryStorage()
            let totals = try await push(shop, storage)
            #expect(totals.snapshots == 40 && names(storage, "snapshots/").count == 40)
            #expect(names(storage, "index/").count == 1)
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
                #expect(try await finishPush(of: side, delivery.session, shop).snapshots == 0)
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
}
