import TenonCore

/// Breaks a transfer off when it moves no byte for `limit`.
struct StallTimer: Sendable {
    let limit: Duration
    /// What is done, for the error: `read 'packs/ab'`.
    let action: String

    private enum Outcome<Value: Sendable>: Sendable {
        case finished(Value)
        case stalled
    }

    /// Runs `body`, which must notice when its task is cancelled. Throws `TransientFailure` if it stalls.
    func run<Value: Sendable>(_ activity: Activity, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Outcome<Value>.self) { group in
            group.addTask { .finished(try await body()) }
            group.addTask {
                while true {
                    let rest = limit - activity.silence
                    if rest <= .zero { return .stalled }
                    try await Task.sleep(for: rest)
                }
            }
            defer { group.cancelAll() }
            switch try await group.next() {
            case .finished(let value): return value
            case .stalled, nil:
                throw TransientFailure(
                    TenonError(
                        .remote, "can't \(action)", cause: "nothing has come for \(limit.components.seconds) seconds",
                        hint: "check the network and that the storage is up, then run the command again"),
                    isAnswer: false)
            }
        }
    }
}
