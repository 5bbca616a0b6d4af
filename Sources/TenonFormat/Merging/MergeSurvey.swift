import TenonCore

/// What a look at three manifests has found, before anything is written: where they conflict.
package struct MergeSurvey: Sendable {
    /// In byte order of the paths; no more than `maximumLength`, whatever `count` says.
    package internal(set) var conflicts: [MergeConflict] = []
    /// How many conflicts there are.
    package internal(set) var count = 0
    /// Paths of `fileAndDirectory` conflicts: at and below them everything comes from one side.
    var collisions: Set<ArraySlice<UInt8>> = []
    /// Empty directories of one side that the other put something into.
    var filled: Set<ArraySlice<UInt8>> = []

    /// What is kept of conflicts and of directories that met with files, so that memory is bounded.
    package static let maximumLength = 100_000

    /// Whether nothing is left to decide.
    package var isClean: Bool { count == 0 }

    /// The conflict that decides about `path`, if it lies at or below one.
    package func conflict(around path: ArraySlice<UInt8>) -> MergeConflict? {
        let root = collision(around: path) ?? path
        var (low, high) = (0, conflicts.count)
        while low < high {
            let middle = (low + high) / 2
            if conflicts[middle].path.lexicographicallyPrecedes(root) { low = middle + 1 } else { high = middle }
        }
        return low < conflicts.count && conflicts[low].path == root ? conflicts[low] : nil
    }

    /// The path at or above `path` where a file met a directory.
    func collision(around path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if collisions.isEmpty { return nil }
        for end in path.indices where path[end] == UInt8(ascii: "/") && collisions.contains(path[..<end]) { return path[..<end] }
        return collisions.contains(path) ? path : nil
    }
}
