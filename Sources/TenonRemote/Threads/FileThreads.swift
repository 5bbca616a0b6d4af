import NIOPosix
import TenonCore

/// Threads for reads and writes that may block, and for hashing much: none of them is one of the cooperative pool's.
private let fileThreads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
}()

/// Runs `body` on a thread that may block, and returns what it returns.
///
/// A file server that is gone blocks without end and can't be interrupted. So a caller that is cancelled goes on at once with `CancellationError`,
/// and `body` ends alone: it must own all that it touches.
package func onFileThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
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
