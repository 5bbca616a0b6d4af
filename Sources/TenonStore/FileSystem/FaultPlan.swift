import Glibc
import Synchronization
import TenonCore

/// Makes the calls of a `FileSystem` fail as a test wants, and records them.
///
/// Without one, a file system is the real one and nothing is recorded.
package final class FaultPlan: Sendable {
    package enum Extent: Hashable, Sendable {
        /// One call fails; those after it work, as on a disk that was full for a moment.
        case once
        /// This call and all after it fail, as if the process had died.
        case crash
    }

    private struct State {
        var recorded: [FileOperation] = []
        var failing: Int?
        var error: Int32 = EIO
        var extent = Extent.once
        var hasFired = false
    }

    private let state = Mutex(State())
    private let unreadable = Mutex<[String: Range<UInt64>]>([:])

    package init() {}

    /// Forgets what was recorded, and makes the `number`-th call from now on (the first is 1) fail with `error`.
    package func arm(failing number: Int?, error: Int32 = EIO, extent: Extent = .once) {
        state.withLock { $0 = State(failing: number, error: error, extent: extent) }
    }

    /// Whether a call has failed by this plan since it was armed.
    package var hasFired: Bool { state.withLock { $0.hasFired } }

    /// The calls since the plan was armed, those that failed included.
    package var recorded: [FileOperation] { state.withLock { $0.recorded } }

    /// From now on, reading any of `range` of the file at `path` fails as on a bad sector; with `nil` it works again.
    package func setUnreadable(_ range: Range<UInt64>?, of path: String) {
        unreadable.withLock { $0[path] = range }
    }

    /// Throws if some of `range` is unreadable by this plan.
    func checkRead(of path: String, _ range: Range<UInt64>) throws(TenonError) {
        guard let bad = unreadable.withLock({ $0[path] }), bad.overlaps(range) else { return }
        throw TenonError(errno: EIO, "can't read '\(displayName(path.utf8))'")
    }

    /// Records `operation`, and throws if it is the one to fail.
    func check(_ operation: FileOperation) throws(TenonError) {
        let failure: Int32? = state.withLock { state in
            state.recorded.append(operation)
            guard let failing = state.failing else { return nil }
            let isHit = state.extent == .crash ? state.recorded.count >= failing : state.recorded.count == failing
            guard isHit else { return nil }
            state.hasFired = true
            return state.error
        }
        if let failure { throw TenonError(errno: failure, "can't do \(operation)") }
    }
}
