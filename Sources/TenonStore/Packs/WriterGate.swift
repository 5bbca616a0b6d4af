import Glibc
import Synchronization
import TenonCore

/// Keeps write sessions, and work that looks things up, apart from a rebuild of the store: any number of those, or one rebuild.
final class WriterGate: Sendable {
    private struct State {
        var sessions = 0
        /// Pieces of work under way that look up what is stored.
        var readers = 0
        var isRebuilding = false
    }

    private let state = Mutex(State())

    /// How long a rebuild waits for work that looks things up; what begins meanwhile is refused.
    private static let patience = Duration.seconds(5)

    /// Counts as one session for as long as it lives.
    final class Pass: Sendable {
        private let gate: WriterGate

        fileprivate init(_ gate: WriterGate) {
            self.gate = gate
        }

        deinit {
            gate.state.withLock { $0.sessions -= 1 }
        }
    }

    /// Lets a session in. Throws `busy` during a rebuild.
    func enter() throws(TenonError) -> Pass {
        let isOpen = state.withLock { state in
            if !state.isRebuilding { state.sessions += 1 }
            return !state.isRebuilding
        }
        guard isOpen else {
            throw TenonError(.busy, "the store takes no data now", cause: "its catalog and index are made again", hint: "try again in a moment")
        }
        return Pass(self)
    }

    /// Runs `body`, which looks up what is stored. Throws `busy` during a rebuild: it would find less than there is.
    func reading<Result>(_ body: () throws -> Result) throws -> Result {
        try state.withLock { state throws(TenonError) in
            guard !state.isRebuilding else {
                throw TenonError(.busy, "the store can't be read now", cause: "its catalog and index are made again", hint: "try again in a moment")
            }
            state.readers += 1
        }
        defer { state.withLock { $0.readers -= 1 } }
        return try body()
    }

    /// Runs `body` while no session is open and nothing is looked up. Throws `busy` if a session is open, another rebuild runs, or work that looks
    /// things up does not end in a few seconds.
    func withoutSessions<Result>(_ body: () throws -> Result) throws -> Result {
        try state.withLock { state throws(TenonError) in
            guard state.sessions == 0, !state.isRebuilding else {
                throw TenonError(
                    .busy, "the store can't be rebuilt now", cause: "data is being stored in it", hint: "try again when that is done")
            }
            state.isRebuilding = true
        }
        defer { state.withLock { $0.isRebuilding = false } }
        let end = ContinuousClock.now + WriterGate.patience
        while state.withLock({ $0.readers > 0 }) {
            guard ContinuousClock.now < end else {
                throw TenonError(.busy, "the store can't be rebuilt now", cause: "it is being read", hint: "try again when that is done")
            }
            usleep(10_000)
        }
        return try body()
    }
}
