import Synchronization
import TenonCore
import TenonFormat
import TenonRemote
import TenonTesting

/// A storage on which somebody else takes over the lock of the sweep at the moment when the first locator is replaced, and the sweep gets to know of it
/// before it has its answer.
final class LockThief: PassingStorage {
    let base: MemoryStorage
    private let lockName: ObjectName
    /// Whether the lock was taken, and how often its holder has tried to renew it since.
    private let state = Mutex((isTaken: false, renewals: 0))

    init(_ base: MemoryStorage) throws {
        self.base = base
        lockName = try ObjectName(RemoteName.sweepLock)
    }

    func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        let outcome = try await base.replace(name, tag, with: bytes)
        if name == lockName {
            state.withLock { if $0.isTaken { $0.renewals += 1 } }
        } else {
            let isFirst = state.withLock { state in
                defer { state.isTaken = true }
                return !state.isTaken
            }
            if isFirst { base.set(lockName, Array("somebody else".utf8)) }
            // Who tries a second time knows how the first ended.
            while state.withLock({ $0.renewals < 2 }) { await Task.yield() }
        }
        return outcome
    }
}
