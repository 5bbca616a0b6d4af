import Synchronization

/// When a transfer last moved bytes, and whether it waits for us rather than for the other side.
final class Activity: Sendable {
    private struct State {
        var last = ContinuousClock.now
        var ownWork = 0
        var kept: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Bytes that no further attempt will have to move again.
    var kept: UInt64 { state.withLock { $0.kept } }

    /// Notes that bytes have moved.
    func note() {
        state.withLock { $0.last = .now }
    }

    func keep(_ count: UInt64) {
        state.withLock { $0.kept += count }
    }

    /// Brackets work of our own, in which the other side can't be blamed for silence.
    func beginOwnWork() {
        state.withLock { $0.ownWork += 1 }
    }

    func endOwnWork() {
        state.withLock { state in
            state.ownWork -= 1
            state.last = .now
        }
    }

    /// How long nothing has come from the other side.
    var silence: Duration {
        state.withLock { state in state.ownWork > 0 ? .zero : ContinuousClock.now - state.last }
    }
}
