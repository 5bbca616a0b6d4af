import Synchronization

/// The packs and blocks lost since the store was opened, in order: so that a commit can tell whether one that it reuses was lost since it began.
final class LossLog: Sendable {
    private let packs = Mutex<[UInt32]>([])

    var count: Int { packs.withLock { $0.count } }

    func note(_ pack: UInt32) {
        packs.withLock { $0.append(pack) }
    }

    /// Packs that lost something after the log had `count` entries.
    func packs(since count: Int) -> ArraySlice<UInt32> {
        packs.withLock { $0[min(count, $0.count)...] }
    }
}
