import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// What a sweep of a remote condemns and removes, and that it can be stopped anywhere.
struct SweepTests: SweepSuite {
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
}
