import Synchronization
import TenonCore

/// Keeps write sessions and a rebuild of the store apart: any number of sessions, or one rebuild.
final class WriterGate: Sendable {
    private struct State {
        var sessions = 0
        var isRebuilding = false
    }

    private let state = Mutex(State())

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

    /// Runs `body` while no session is open. Throws `busy` if one is, or another rebuild runs.
    func withoutSessions<Result>(_ body: () throws -> Result) throws -> Result {
        try state.withLock { state throws(TenonError) in
            guard state.sessions == 0, !state.isRebuilding else {
                throw TenonError(
                    .busy, "the store can't be rebuilt now", cause: "data is being stored in it", hint: "try again when that is done")
            }
            state.isRebuilding = true
        }
        defer { state.withLock { $0.isRebuilding = false } }
        return try body()
    }
}
