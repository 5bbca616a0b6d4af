import ServiceLifecycle
import Synchronization

/// How long the daemon stays: it counts the requests under way, and says when it is time to leave.
///
/// As a service it runs until the daemon was asked to leave, or has had nothing to do for long enough; its end ends the others.
package final class Lifetime: Service {
    private struct State {
        var running: [UInt64: @Sendable () -> Void] = [:]
        var next: UInt64 = 0
        var idleSince = ContinuousClock.now
        var isLeaving = false
        var total: UInt64 = 0
    }

    private let state = Mutex(State())
    private let idleTimeout: Duration
    private let isNeeded: @Sendable () -> Bool
    private let leaving: AsyncStream<Void>
    private let leave: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - idleTimeout: how long the daemon stays without a request.
    ///   - isNeeded: whether there is something else that it stays for; asked when it would leave.
    package init(idleTimeout: Duration, isNeeded: @escaping @Sendable () -> Bool = { false }) {
        self.idleTimeout = idleTimeout
        self.isNeeded = isNeeded
        (leaving, leave) = AsyncStream.makeStream()
    }

    /// Counts a request as under way. `cancel` is called when the daemon leaves, at once if it is leaving already.
    func begin(cancel: @escaping @Sendable () -> Void) -> UInt64 {
        let (ticket, isLeaving) = state.withLock { state in
            state.next += 1
            state.total += 1
            state.running[state.next] = cancel
            return (state.next, state.isLeaving)
        }
        if isLeaving { cancel() }
        return ticket
    }

    func end(_ ticket: UInt64) {
        state.withLock { state in
            state.running[ticket] = nil
            state.idleSince = .now
        }
    }

    /// Ends the service, and with it the daemon.
    package func requestLeave() { leave.finish() }

    /// Tells every request to stop at its next step; those past their commit point are finished.
    func cancelAll() {
        let running = state.withLock { state in
            state.isLeaving = true
            return Array(state.running.values)
        }
        for cancel in running { cancel() }
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in self.leaving {} }
                group.addTask { await self.waitUntilIdle() }
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.leave.finish()
        }
    }

    /// How often it is asked again whether the daemon is needed.
    private static let patience = Duration.seconds(60)

    private func waitUntilIdle() async {
        while let left = timeToIdle() {
            do { try await Task.sleep(for: left) } catch { return }
        }
    }

    /// How long there must be no request still; `nil` once there was none for long enough.
    private func timeToIdle() -> Duration? {
        state.withLock { state in
            if !state.running.isEmpty { return idleTimeout }
            let left = idleTimeout - state.idleSince.duration(to: .now)
            if left > .zero { return left }
            return isNeeded() ? min(idleTimeout, Lifetime.patience) : nil
        }
    }
}
