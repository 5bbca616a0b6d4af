import Glibc
import Synchronization

/// What Ctrl-C does: the line of the progress bar is cleared and the process ends with 130. The daemon sees the connection close and stops.
///
/// While a child runs in the foreground the signal is the child's to answer, as in a shell.
enum Interruption {
    /// Read in a signal handler: lock-free, and set before the handler is.
    private static let childRuns = Atomic<Bool>(false)
    private static let barIsShown = Atomic<Bool>(false)

    /// The exit status of an interrupted command.
    static let exitStatus: CInt = 130

    static func install() {
        // Touched here, so that the handler never runs a lazy initialiser.
        childRuns.store(false, ordering: .relaxed)
        barIsShown.store(false, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            if Interruption.childRuns.load(ordering: .relaxed) { return }
            if Interruption.barIsShown.load(ordering: .relaxed) {
                // "\r", then the escape that clears to the end of the line; on the stack, since a handler must not allocate.
                var clear: (UInt8, UInt8, UInt8, UInt8) = (0x0D, 0x1B, 0x5B, 0x4B)
                _ = write(STDERR_FILENO, &clear, 4)
            }
            _exit(Interruption.exitStatus)
        }
        sigaction(SIGINT, &action, nil)
        // A closed pipe is seen where it is written to. A handler that does nothing, since an ignored signal stays ignored in children.
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGPIPE, &action, nil)
    }

    static func setBarIsShown(_ shown: Bool) { barIsShown.store(shown, ordering: .relaxed) }

    /// Leaves Ctrl-C to the child that `body` runs and waits for.
    static func leftToChild<Result>(_ body: () throws -> Result) rethrows -> Result {
        childRuns.store(true, ordering: .relaxed)
        defer { childRuns.store(false, ordering: .relaxed) }
        return try body()
    }
}
