import Synchronization
import TenonCore

/// One lock for each work tree: verbs that write it take turns, in the order in which they came.
///
/// Waiting suspends the task and holds no thread. Verbs that only read take no lock: every order of writes leaves a state that they can tell.
final class WorkTreeLocks: Sendable {
    private struct Waiter {
        var number: UInt64
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        /// The trees that are held, and who waits for each.
        var held: [String: [Waiter]] = [:]
        var lastNumber: UInt64 = 0
        /// Those that were cancelled before they came to wait.
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    /// Runs `body` while this caller alone holds `tree`. Throws `cancelled` if the task is cancelled while it waits.
    func holding<Value>(_ tree: String, _ body: () async throws -> Value) async throws -> Value {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let acquired = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return false }
                    guard state.held[tree] != nil else {
                        state.held[tree] = []
                        return true
                    }
                    state.held[tree]?.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(number, waitingFor: tree)
        }
        // A cancellation that came after the lock was granted leaves its mark behind.
        state.withLock { _ = $0.cancelled.remove(number) }
        guard acquired else { throw TenonError(.cancelled, "the request was cancelled while it waited for another one") }
        defer { release(tree) }
        return try await body()
    }

    func isHeld(_ tree: String) -> Bool {
        state.withLock { $0.held[tree] != nil }
    }

    /// Takes `tree` if nobody holds it. The caller must call `release` then.
    func tryAcquire(_ tree: String) -> Bool {
        state.withLock { state in
            guard state.held[tree] == nil else { return false }
            state.held[tree] = []
            return true
        }
    }

    func release(_ tree: String) {
        let next: Waiter? = state.withLock { state in
            guard var waiters = state.held[tree], !waiters.isEmpty else {
                state.held[tree] = nil
                return nil
            }
            let first = waiters.removeFirst()
            state.held[tree] = waiters
            return first
        }
        next?.continuation.resume(returning: true)
    }

    private func cancel(_ number: UInt64, waitingFor tree: String) {
        let waiter: Waiter? = state.withLock { state in
            guard let position = state.held[tree]?.firstIndex(where: { $0.number == number }) else {
                state.cancelled.insert(number)
                return nil
            }
            return state.held[tree]?.remove(at: position)
        }
        waiter?.continuation.resume(returning: false)
    }
}
