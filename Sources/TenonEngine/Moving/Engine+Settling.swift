import TenonCore
import TenonFormat

extension Engine {
    /// The engine's work between requests, until the task is cancelled: what checkouts wrote is forced to disk, and the bases say so.
    package func settleMoves() async {
        for await _ in unsynced.arrivals { await settleWaitingMoves() }
    }

    /// The same for what waits now.
    func settleWaitingMoves() async {
        while !Task.isCancelled, let batch = unsynced.next() {
            do {
                try await pool.run { for sync in batch.syncs.values { try sync.synchronize() } }
                try await locks.holding(batch.workTree) {
                    try await pool.run { try self.settle(batch) }
                }
            } catch {
                // The bases go on as what they are: good in this boot, and in the next one the files are read.
                log.warning("what a checkout wrote could not be settled", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Says of each artifact that was not moved again that the disk has its data.
    func settle(_ batch: UnsyncedMoves.Batch) throws {
        var bases = try batch.bases.load()
        var isChanged = false
        for (path, number) in batch.moves {
            guard moves.count(of: MoveCounts.Artifact(workTree: batch.workTree, path: path)) == number,
                case .written(let pointer, _) = bases[path]
            else { continue }
            bases[path] = .settled(pointer)
            isChanged = true
        }
        if isChanged { try batch.bases.save(bases) }
    }
}
