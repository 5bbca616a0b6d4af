import Synchronization
import TenonAPI
import TenonStore

/// How far a verb has come, and whether it should stop: written by the thread that works, read by the task that reports.
final class Meter: Sendable {
    private struct State {
        var phase: Progress.Phase?
        var subject: String?
    }

    /// What the store counts in, and asks whether to stop.
    let sink = ProgressSink()
    private let state = Mutex(State())

    /// Names what is done now.
    func begin(_ phase: Progress.Phase, _ subject: String? = nil) {
        state.withLock { $0 = State(phase: phase, subject: subject) }
    }

    func cancel() { sink.cancel() }

    /// What to report; `nil` before anything long has begun.
    var progress: Progress? {
        let state = state.withLock { $0 }
        guard let phase = state.phase else { return nil }
        let totals = sink.totals
        return Progress(
            phase: phase, subject: state.subject, bytes: totals.bytes, totalBytes: totals.expectedBytes > 0 ? totals.expectedBytes : nil,
            files: totals.files, totalFiles: totals.expectedFiles > 0 ? totals.expectedFiles : nil)
    }
}
