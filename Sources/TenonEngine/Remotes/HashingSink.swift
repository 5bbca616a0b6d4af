import Synchronization
import TenonCore
import TenonFormat
import TenonRemote

/// Hashes what is read, and keeps nothing.
final class HashingSink: ByteSink {
    private let state = Mutex<StreamingSHA256?>(StreamingSHA256())

    func write(_ bytes: [UInt8]) {
        state.withLock { $0?.update(bytes) }
    }

    /// The hash of all that came; `nil` once it was asked for.
    func finish() -> Digest? {
        state.withLock { state in
            guard let hasher = state.take() else { return nil }
            return hasher.finalize()
        }
    }
}
