import Synchronization
import TenonCore

/// The moves of data that this daemon has begun, counted for each artifact: so that a sync is not taken for one of a later move.
final class MoveCounts: Sendable {
    struct Artifact: Hashable, Sendable {
        /// The work tree's name among locks.
        var workTree: String
        var path: RelativePath
    }

    private let counts = Mutex<[Artifact: UInt64]>([:])

    /// Counts a move that begins.
    func begin(_ artifact: Artifact) {
        counts.withLock { $0[artifact, default: 0] += 1 }
    }

    /// How many there were; 0 for an artifact that was not moved.
    func count(of artifact: Artifact) -> UInt64 {
        counts.withLock { $0[artifact] ?? 0 }
    }

    /// Whether an artifact has neither been moved nor asked about here before.
    func isNews(_ artifact: Artifact) -> Bool {
        counts.withLock { counts in
            guard counts[artifact] == nil else { return false }
            counts[artifact] = 0
            return true
        }
    }
}
