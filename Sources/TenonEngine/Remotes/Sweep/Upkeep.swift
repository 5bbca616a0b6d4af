import Synchronization
import TenonCore

/// Keeps something alive on a remote while work goes on: renews it from time to time, and knows when that was last done.
final class Upkeep: Sendable {
    /// So often it is renewed.
    static let interval = Duration.seconds(300)
    /// Whoever could not renew for so long must not rely on it any more. Others wait far longer before they pass over it.
    static let limit = Duration.seconds(1200)

    private let renewed = Mutex(ContinuousClock.now)
    private let interval: Duration
    private let limit: Duration

    init(interval: Duration = Upkeep.interval, limit: Duration = Upkeep.limit) {
        self.interval = interval
        self.limit = limit
    }

    /// Whether it was renewed lately. The clock goes on while the machine sleeps.
    var isFresh: Bool { renewed.withLock { ContinuousClock.now - $0 < limit } }

    /// Throws `busy` if it was not renewed lately.
    func check() throws(TenonError) {
        guard isFresh else {
            throw TenonError(
                .busy, "the work on the remote was broken off",
                cause: "it was out of reach, or this machine slept, for over \(limit.components.seconds / 60) minutes",
                hint: "run the command again")
        }
    }

    /// Runs `body`, and `renew` beside it from time to time. A renewal that fails is tried again; whether it succeeds in time is for `check` to tell.
    func during<Value: Sendable>(
        _ renew: @escaping @Sendable () async throws -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                while true {
                    do { try await Task.sleep(for: interval) } catch { return }
                    let begun = ContinuousClock.now
                    do {
                        try await renew()
                        renewed.withLock { $0 = begun }
                    } catch is CancellationError {
                        return
                    } catch {}
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
