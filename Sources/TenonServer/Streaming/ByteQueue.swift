import Synchronization
import TenonCore

/// The bytes of an answer on their way to the client, with a length that is known before the first one.
final class ByteQueue: Sendable {
    /// How an answer begins.
    enum Start: Sendable {
        /// Bytes follow; how many, where that was said.
        case bytes(UInt64?)
        case failed(TenonError)
    }

    private struct State {
        var start: Start?
        var waiting: CheckedContinuation<Void, Never>?
        var failure: TenonError?
    }

    let outlet: Outlet
    private let state = Mutex(State())

    init(limit: Int = 4 << 20) {
        outlet = Outlet(limit: limit)
    }

    var isCancelled: Bool { outlet.isCancelled }

    /// Why the bytes end before all have come; to be asked after the last one.
    var failure: TenonError? { state.withLock { $0.failure } }

    func begin(length: UInt64) { set(.bytes(length)) }

    /// Waits for room, which blocks the calling thread.
    func push(_ piece: UnsafeRawBufferPointer) throws {
        set(.bytes(nil))
        guard outlet.push(piece) else { throw TenonError(.cancelled, "the request was cancelled") }
    }

    /// Ends the bytes, with an error where not all have come.
    func finish(_ error: TenonError? = nil) {
        state.withLock { $0.failure = error }
        set(error.map { .failed($0) } ?? .bytes(nil))
        outlet.finish()
    }

    func cancel() { outlet.cancel() }

    /// As `cancel`, since the daemon leaves.
    func stop() { outlet.stop() }

    /// How the answer begins; suspends until that is known. One task only may call this.
    func start() async -> Start {
        while true {
            if let start = state.withLock({ $0.start }) { return start }
            await withCheckedContinuation { continuation in
                let isKnown = state.withLock { state in
                    if state.start != nil { return true }
                    state.waiting = continuation
                    return false
                }
                if isKnown { continuation.resume() }
            }
        }
    }

    /// The first one counts.
    private func set(_ start: Start) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.start != nil { return nil }
            state.start = start
            return state.waiting.take()
        }
        waiting?.resume()
    }
}
