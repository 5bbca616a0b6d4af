import Synchronization
import TenonCore
import TenonFormat
import TenonRemote
import TenonTesting

/// A storage on which somebody else takes over the lock of the sweep at the moment when the first locator is replaced, and the sweep gets to know of it
/// before it has its answer.
final class LockThief: RemoteStorage {
    let base: MemoryStorage
    private let lockName: ObjectName
    /// Whether the lock was taken, and how often its holder has tried to renew it since.
    private let state = Mutex((isTaken: false, renewals: 0))

    init(_ base: MemoryStorage) throws {
        self.base = base
        lockName = try ObjectName(RemoteName.sweepLock)
    }

    var location: String { base.location }

    func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
        try await base.list(prefix, after: name, limit: limit)
    }

    func head(_ name: ObjectName) async throws -> ObjectEntry? { try await base.head(name) }

    func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
        try await base.read(name, range, into: sink)
    }

    func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome { try await base.create(name, body) }

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

    func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome { try await base.delete(name, tag) }
}
