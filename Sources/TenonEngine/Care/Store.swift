import TenonAPI
import TenonCore
import TenonStore

extension Engine {
    /// `tenon store`: sizes and ratios of the store.
    package func store(_ request: StoreRequest, _ reporter: Reporter<StoreRequest>) async throws -> StoreRequest.Reply {
        try await work(reporter) { _ in
            let sizes = try self.store.statistics()
            return StoreRequest.Reply(
                path: WirePath(self.store.home), id: self.store.id, packs: sizes.packs, packBytes: sizes.packBytes, rawBytes: sizes.rawBytes,
                chunks: sizes.chunks, snapshots: sizes.snapshots, trackedBytes: sizes.trackedBytes, damagedBlocks: sizes.damagedBlocks,
                repositories: try self.store.repositories().compactMap { $0.paths.first.map { WirePath(bytes: $0) } })
        }
    }
}
