import TenonAPI
import TenonCore
import TenonStore

extension Engine {
    /// `tenon fsck`: checks the store, rebuilds what packs can give back, and heals from remotes what they can't.
    package func fsck(_ request: FsckRequest, _ reporter: Reporter<FsckRequest>) async throws -> FsckRequest.Reply {
        var reply = try await work(reporter, rebuilds: request.rebuild) { meter in
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
        guard let wanted = request.repair else { return reply }
        let meter = Meter()
        let (result, found) = try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            try await Repair(engine: self, wanted: wanted, reads: request.read, reporter: reporter, meter: meter).run()
        }
        reply.repair = result
        reply.findings += found
        return reply
    }
}
