import Synchronization
import TenonCore

/// The same work on many things, some at a time. What is done when one fails is not lost.
enum ConcurrentWork {
    struct Outcome<Value: Sendable>: Sendable {
        /// Results, in the order in which they came.
        var done: [Value] = []
        /// What the first of them to fail threw.
        var failure: (any Error)?
    }

    /// Runs `body` for each of `items`, at most `limit` at once; begins no more after one has failed or the meter was cancelled.
    ///
    /// A cancelled meter cancels what is under way; the calling task is not touched, so that it can still put things in order.
    static func run<Item: Sendable, Value: Sendable>(
        _ items: [Item], limit: Int, meter: Meter, _ body: @escaping @Sendable (Item) async throws -> Value
    ) async -> Outcome<Value> {
        await withTaskGroup(of: Result<Value, any Error>?.self) { group in
            var outcome = Outcome<Value>()
            var running = 0
            var next = items.startIndex
            group.addTask {
                // Ends when the group is cancelled, at the latest with the last of the work.
                while !meter.sink.isCancelled {
                    do { try await Task.sleep(for: .milliseconds(100)) } catch { return nil }
                }
                return nil
            }
            while true {
                while running < max(1, limit), next < items.endIndex, outcome.failure == nil, !meter.sink.isCancelled {
                    let item = items[next]
                    next += 1
                    running += 1
                    group.addTask {
                        do { return .success(try await body(item)) } catch { return .failure(error) }
                    }
                }
                guard running > 0, let result = await group.next() else { break }
                switch result {
                case .success(let value):
                    running -= 1
                    outcome.done.append(value)
                case .failure(let error):
                    running -= 1
                    if outcome.failure == nil { outcome.failure = error }
                    group.cancelAll()
                case nil: group.cancelAll()
                }
            }
            group.cancelAll()
            if meter.sink.isCancelled { outcome.failure = TenonError(.cancelled, "the transfer was cancelled") }
            return outcome
        }
    }

    /// Small questions that end by themselves: what `body` says of each of `items`, in no order, at most `limit` at once. Throws what the first of them threw.
    static func answers<Item: Sendable, Value: Sendable>(
        _ items: [Item], limit: Int = 8, _ body: @escaping @Sendable (Item) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            var waiting = items[...]
            func ask() {
                if let item = waiting.popFirst() { group.addTask { try await body(item) } }
            }
            for _ in 0..<max(1, limit) { ask() }
            var answers: [Value] = []
            while let answer = try await group.next() {
                answers.append(answer)
                ask()
            }
            return answers
        }
    }
}
