import Glibc
import TenonAPI

/// Shows progress on standard error: a bar on a terminal once the work has taken half a second, events as JSON, or nothing.
final class ProgressDisplay {
    private let mode: ProgressMode
    private let write: (String) -> Void
    /// Seconds that only grow.
    private let now: () -> Double
    private let width: () -> Int
    private let started: Double
    private var phase: Progress.Phase?
    private var phaseStarted: Double
    private var drawn: Double?

    /// Seconds before the bar first appears.
    static let delay = 0.5
    /// Seconds between two drawings.
    static let interval = 0.1

    /// - Parameter mode: `auto` has been settled: it means a bar here.
    init(
        mode: ProgressMode, write: @escaping (String) -> Void = { OutputStream.write($0.utf8, to: STDERR_FILENO) },
        now: @escaping () -> Double = ProgressDisplay.monotonicSeconds, width: @escaping () -> Int = { TerminalDevice.width(STDERR_FILENO) }
    ) {
        self.mode = mode
        self.write = write
        self.now = now
        self.width = width
        started = now()
        phaseStarted = started
    }

    func show(_ progress: Progress) {
        switch mode {
        case .none: return
        case .json: event(.progress(progress))
        case .auto:
            let time = now()
            if progress.phase != phase {
                phase = progress.phase
                phaseStarted = time
            }
            guard time - started >= Self.delay, time - (drawn ?? -1) >= Self.interval else { return }
            Interruption.setBarIsShown(true)
            drawn = time
            write("\r" + ProgressLine.text(progress, seconds: time - phaseStarted, width: width()) + "\u{1B}[K")
        }
    }

    func warn(_ message: String) {
        if mode == .json { return event(.warning(message)) }
        clear()
        write("tenon: warning: \(ProgressDisplay.withoutControls(message))\n")
    }

    /// A warning may have words of a file in it: what would move the terminal's cursor, or worse, becomes a question mark.
    private static func withoutControls(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0 }))
    }

    /// Takes the bar away, so that something else can be written.
    func clear() {
        guard drawn != nil else { return }
        write("\r\u{1B}[K")
        drawn = nil
        Interruption.setBarIsShown(false)
    }

    private func event(_ event: Event<NoItem, NoItem>) {
        guard let line = try? WireCoding.encode(event) else { return }
        write(String(decoding: line, as: UTF8.self) + "\n")
    }

    static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
