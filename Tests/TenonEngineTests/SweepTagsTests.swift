import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// Sweeps of a storage whose tags are made of the bytes, as on S3: a locator that is written again has the tag of the one that was condemned.
struct SweepTagsTests: SweepSuite {
    /// A clone whose `side`, a file that `main` has in a directory, was pushed, went, and was condemned: its pack stays.
    private func withCondemnedSide(_ body: (Workshop, MemoryStorage, _ side: String) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "-c", "side")
            try shop.write("copy.csv", "a,2\n")
            try await shop.add("copy.csv")
            try shop.git("commit", "-q", "-m", "side")
            try shop.git("switch", "-q", "main")
            let storage = MemoryStorage(tagsBytes: true)
            try await push(shop, storage)
            let side = try shop.commit("side")
            try shop.git("branch", "-q", "-D", "side")
            #expect(try await sweep(shop, storage).condemned.snapshots == 1)
            storage.advance(by: 60_000)
            try await body(shop, storage, side)
        }
    }

    @Test func `A locator that was written again is not taken for the condemned one`() async throws {
        try await withCondemnedSide { shop, storage, side in
            let before = names(storage, "snapshots/").count
            try shop.git("branch", "-q", "side", side)
            #expect(try await push(shop, storage).snapshots == 1)
            #expect(names(storage, "snapshots/").count == before)
            _ = storage.takeCalls()
            #expect(try await push(shop, storage).snapshots == 0)
            let removals = storage.takeCalls().filter { if case .delete = $0 { true } else { false } }
            #expect(removals.isEmpty)
            storage.advance(by: 60_000)
            try await sweep(shop, storage)
            try await expectWhole(try bound(shop), storage)
        }
    }

    @Test func `A locator that was written again after the plan was made stays`() async throws {
        try await withCondemnedSide { shop, storage, side in
            // The sweep has said what is needed, and looked.
            let view = session(shop, storage).view
            let plan = try await SweepPlan.make(
                view, engine: shop.engine, clock: SweepPlan.Clock(now: 1_800_000_000_000, grace: 0), assumptions: SweepMark.Assumptions(), jobs: 2,
                meter: Meter())
            #expect(SweepCount(plan.removed).snapshots == 1)
            try shop.git("branch", "-q", "side", side)
            #expect(try await push(shop, storage).snapshots == 1)
            try await SweepLock.holding(view.remote, store: shop.store.id, writer: "test", now: 1_800_000_000_000) { lock in
                _ = try await RemoteSweep(engine: shop.engine, view: view, lock: lock, meter: Meter(), jobs: 2).carryOut(plan)
            }
            try await expectWhole(try bound(shop), storage)
        }
    }
}
