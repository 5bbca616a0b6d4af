import Synchronization

/// Passes bytes on, notes that they came, and leaves out those that an earlier attempt has delivered already.
final class WatchedSink<Base: ByteSink>: ByteSink {
    private let base: Base
    private let activity: Activity
    private let state: Mutex<(skip: UInt64, delivered: UInt64)>

    init(_ base: Base, skipping count: UInt64 = 0, _ activity: Activity) {
        self.base = base
        self.activity = activity
        state = Mutex((count, 0))
    }

    /// Bytes passed on.
    var delivered: UInt64 { state.withLock { $0.delivered } }

    func write(_ bytes: [UInt8]) async throws {
        activity.note()
        let skipped = state.withLock { state -> Int in
            let skipped = Int(min(state.skip, UInt64(bytes.count)))
            state.skip -= UInt64(skipped)
            return skipped
        }
        guard skipped < bytes.count else { return }
        activity.beginOwnWork()
        defer { activity.endOwnWork() }
        do {
            try await base.write(skipped == 0 ? bytes : Array(bytes[skipped...]))
        } catch {
            throw SinkFailure(error: error)
        }
        state.withLock { $0.delivered += UInt64(bytes.count - skipped) }
    }
}

/// What a sink threw: not the storage's failure, whatever type it has.
struct SinkFailure: Error {
    let error: any Error
}
