import Synchronization

/// The first answer to one waiting task; later ones are dropped.
final class SingleAnswer<Value: Sendable>: Sendable {
    private enum State {
        case early(CheckedContinuation<Value, any Error>?)
        case given(Result<Value, any Error>)
        case done
    }

    private let state = Mutex(State.early(nil))

    var isGiven: Bool {
        state.withLock { state in
            if case .early = state { return false }
            return true
        }
    }

    func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        let ready: Result<Value, any Error>? = state.withLock { state in
            guard case .given(let result) = state else {
                state = .early(continuation)
                return nil
            }
            state = .done
            return result
        }
        if let ready { continuation.resume(with: ready) }
    }

    func give(_ result: Result<Value, any Error>) {
        let waiting: CheckedContinuation<Value, any Error>? = state.withLock { state in
            guard case .early(let continuation) = state else { return nil }
            state = continuation == nil ? .given(result) : .done
            return continuation
        }
        waiting?.resume(with: result)
    }
}
