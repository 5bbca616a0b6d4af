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
    /// Empty directories of one side, which is told, below which all that could be in the result is in conflict.
    var emptied: [ArraySlice<UInt8>: MergeSide] = [:]

    /// What is kept of conflicts and of directories that met with files, so that memory is bounded.
    package static let maximumLength = 100_000

    /// Whether all conflicts are known by name.
    package var isComplete: Bool { count == conflicts.count }

    /// Whether nothing is left to decide.
    package var isClean: Bool { count == 0 }

    /// The conflict that decides about `path`, if it lies at or below one.
    package func conflict(around path: ArraySlice<UInt8>) -> MergeConflict? {
        let root = collision(around: path) ?? path
        let place = index(of: root)
        return place < conflicts.count && conflicts[place].path == root ? conflicts[place] : nil
    }

    /// Whether the result has this empty directory: not if the result has something in it.
    func keepsDirectory(_ path: ArraySlice<UInt8>, side: (ArraySlice<UInt8>) -> MergeSide) -> Bool {
        if filled.contains(path) { return false }
        guard let owner = emptied[path] else { return true }
        let below = path + [UInt8(ascii: "/")]
        return conflicts[index(of: below)...].prefix { $0.path.starts(with: below) }.allSatisfy { side($0.path) == owner }
    }

    /// The place of the first conflict at `path` or after it.
    private func index(of path: ArraySlice<UInt8>) -> Int {
        var (low, high) = (0, conflicts.count)
        while low < high {
            let middle = (low + high) / 2
            if conflicts[middle].path.lexicographicallyPrecedes(path) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The path at or above `path` where a file met a directory.
    func collision(around path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if collisions.isEmpty { return nil }
        for end in path.indices where path[end] == UInt8(ascii: "/") && collisions.contains(path[..<end]) { return path[..<end] }
        return collisions.contains(path) ? path : nil
    }
}
