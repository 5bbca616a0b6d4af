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

    /// `tenon fsck`: checks the store, and rebuilds what packs can give back.
    package func fsck(_ request: FsckRequest, _ reporter: Reporter<FsckRequest>) async throws -> FsckRequest.Reply {
        try await work(reporter) { meter in
            meter.begin(request.rebuild ? .rebuilding : .verifying)
            let report = try self.store.fsck(
                FsckOptions(read: request.read, rebuild: request.rebuild),
                progress: { report in
                    if reporter.isCancelled { meter.cancel() }
                    try meter.sink.check()
                    reporter.progress(
                        Progress(
                            phase: request.rebuild ? .rebuilding : .verifying, bytes: report.bytes, totalBytes: report.totalBytes,
                            files: UInt64(report.packs), totalFiles: UInt64(report.totalPacks)))
                },
                finding: { reporter.item(FsckFinding(subject: $0.subject, detail: $0.detail)) })
            return FsckRequest.Reply(
                packs: report.packs, blocks: report.blocks, chunks: report.chunks, snapshots: report.snapshots, findings: report.findings)
        }
    }
}
