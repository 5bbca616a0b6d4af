import TenonAPI
import TenonCore

extension Engine {
    /// How long a file that is being written to, or a busy work tree, is waited for.
    private static var patience: Duration { .seconds(10) }
    private static var interval: Duration { .milliseconds(100) }

    /// `status --wait`: stores what has changed and lets pointers follow, without waiting for it to be quiet for long. What somebody goes on writing
    /// to is said, and left as it is.
    func waitUntilStored(_ request: StatusRequest, _ reporter: Reporter<StatusRequest>) async throws {
        let artifacts = try await artifacts(in: request.workTree, at: request.paths)
        for artifact in artifacts {
            let start = ContinuousClock.now
            while true {
                let meter = Meter()
                let outcome = try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
                    try await self.follow(artifact, in: request.workTree, meter)
                }
                if outcome == .done { break }
                if start.duration(to: .now) > Engine.patience {
                    reporter.warn("'\(artifact)' is not stored as it lies there: \(reason(outcome))")
                    break
                }
                try await Task.sleep(for: Engine.interval)
                if reporter.isCancelled { throw TenonError(.cancelled, "the request was cancelled") }
            }
        }
    }

    private func reason(_ outcome: Following) -> String {
        switch outcome {
        case .done: "it is"
        case .beingWritten(let file): "somebody writes to '\(displayName(file))'"
        case .treeIsBusy: "Git, or another command, is in the middle of something"
        }
    }
}
