import Glibc
import TenonAPI
import TenonClient

/// Tells a person what becomes of experiments, on standard error, and keeps what became of each. Of a single one, what its commands write is passed on.
final class ExperimentProgress: ExperimentObserver {
    private let shelf: ExperimentShelf
    private let presentation: Presentation
    private let isQuiet: Bool
    private let total: Int
    /// How much of the log was passed on.
    private var position: off_t = 0
    private var pending: [String: ExperimentState] = [:]
    private(set) var ended: [ExperimentSummary] = []

    private static let readsAtOnce = 64

    /// - Parameter total: how many there are.
    init(shelf: ExperimentShelf, presentation: Presentation, isQuiet: Bool, total: Int) {
        self.shelf = shelf
        self.presentation = presentation
        self.isQuiet = isQuiet
        self.total = total
    }

    func began(_ state: ExperimentState) {
        pending[state.id] = state
        let settings = ExperimentText.settings(ExperimentSummary(state, shelf: shelf))
        say("\(presentation.style.bold(state.name))  \(settings.isEmpty ? "starts" : "starts with \(settings)")\n")
    }

    func progress(_ running: [ExperimentState]) {
        if total == 1, let only = running.first { follow(only.id) }
    }

    func ended(_ id: String, _ summary: ExperimentSummary?) {
        let state = pending.removeValue(forKey: id)
        if total == 1 { follow(id) }
        guard let summary else { return }
        ended.append(summary)
        let count = total > 1 ? "  (\(ended.count) of \(total))" : ""
        if summary.status == .done {
            let metrics = ExperimentText.metrics(summary.metrics)
            say("\(presentation.style.bold(summary.name))  \(presentation.style.green("done"))\(metrics.isEmpty ? "" : "  " + metrics)\(count)\n")
        } else {
            let reason = displayName((summary.reason ?? "").utf8.prefix(500))
            say("\(presentation.style.bold(state?.name ?? summary.name))  \(presentation.style.red(summary.status.rawValue))  \(reason)\(count)\n")
        }
    }

    private func follow(_ id: String) {
        guard !isQuiet else { return }
        let descriptor = open(shelf.log(id), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var block = [UInt8](repeating: 0, count: 64 << 10)
        // A command may write faster than this reads; then it goes on the next time, but for the last.
        for _ in 0..<(pending[id] == nil ? Int.max : ExperimentProgress.readsAtOnce) {
            let count = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, position) }
            guard count > 0 else { return }
            OutputStream.write(block[..<count], to: STDERR_FILENO)
            position += off_t(count)
        }
    }

    private func say(_ text: String) {
        if !isQuiet { OutputStream.write(text.utf8, to: STDERR_FILENO) }
    }
}
