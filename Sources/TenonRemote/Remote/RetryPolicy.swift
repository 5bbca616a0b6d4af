import TenonCore

/// How often, and for how long, a call that failed for a passing reason is made again.
package struct RetryPolicy: Sendable {
    /// Attempts in a row that bring nothing; one that moved bytes of a read counts anew.
    package var attempts = 8
    /// The longest first pause; each further one may be twice as long, up to `longestPause`.
    package var firstPause = Duration.milliseconds(250)
    package var longestPause = Duration.seconds(20)
    /// How long a storage may be silent before the call fails: longer only to make one more attempt.
    package var patience = Duration.seconds(30)
    /// A transfer that moves no byte for so long is broken off.
    package var stall = Duration.seconds(30)

    package init() {}

    /// The same, with `TENON_REMOTE_PATIENCE` (whole seconds, 1 to 3,600) in place of the 30 seconds. Throws `invalidArgument` for anything else.
    package init(_ environment: RemoteEnvironment) throws(TenonError) {
        guard let text = environment["TENON_REMOTE_PATIENCE"] else { return }
        guard let seconds = Int(text), (1...3600).contains(seconds) else {
            throw TenonError(
                .invalidArgument, "TENON_REMOTE_PATIENCE '\(displayName(text.utf8.prefix(100)))' can't be used",
                cause: "it is not a number of seconds from 1 to 3600")
        }
        patience = .seconds(seconds)
        stall = .seconds(seconds)
    }

    /// The pause before attempt `number` (2, 3, …): random between none and a limit that doubles, so that clients that failed together
    /// do not come back together. (Full jitter, as in the AWS Architecture Blog's "Exponential Backoff And Jitter".)
    package func pause(beforeAttempt number: Int, asked: Duration?) -> Duration {
        let limit = min(longestPause, firstPause * (1 << min(max(number - 2, 0), 16)))
        let drawn = limit * Double.random(in: 0...1)
        guard let asked else { return drawn }
        return min(asked, longestPause * 3) + drawn
    }
}
