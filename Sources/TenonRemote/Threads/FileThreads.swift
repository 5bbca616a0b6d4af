import NIOPosix
import Synchronization
import TenonCore

/// Threads for reads and writes that may block: none of them is one of the cooperative pool's.
private let fileThreads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
}()

/// Runs `body` on a thread that may block, and returns what it returns.
///
/// A file server that is gone blocks without end and can't be interrupted. So a caller that is cancelled goes on at once with `CancellationError`,
/// and `body` ends alone: it must own all that it touches.
func onFileThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let answer = SingleAnswer<Value>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            answer.wait(continuation)
            fileThreads.submit { state in
                guard state == .active, !answer.isGiven else { return answer.give(.failure(CancellationError())) }
                answer.give(Result { try body() })
            }
        }
    } onCancel: {
        answer.give(.failure(CancellationError()))
    }
}

/// The first answer to one waiting task; later ones are dropped.
private final class SingleAnswer<Value: Sendable>: Sendable {
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
