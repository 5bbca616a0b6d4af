import Synchronization
import TenonCore
import TenonStore

/// What verbs have moved and the disk may not have yet, until the daemon sees to it.
final class UnsyncedMoves: Sendable {
    /// What one verb has moved in one work tree.
    struct Batch: Sendable {
        /// The work tree's name among locks.
        let workTree: String
        let bases: BaseStore
        /// For each artifact the number of its latest move then.
        var moves: [RelativePath: UInt64] = [:]
        /// By their devices; each made before the first write to it.
        var syncs: [UInt64: WorkTreeSync] = [:]
    }

    private let waiting = Mutex<[Batch]>([])
    /// Yields when a batch has come.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ batch: Batch) {
        guard !batch.moves.isEmpty else { return }
        waiting.withLock { $0.append(batch) }
        arrival.yield()
    }

    func next() -> Batch? {
        waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
