/// Blocks of one pack, as runs of their indexes: ascending, none empty, none touching the next.
package struct BlockRuns: Hashable, Sendable {
    package private(set) var runs: [Range<UInt32>] = []

    package init() {}

    /// - Parameter runs: in any order; they may overlap.
    package init(_ runs: some Sequence<Range<UInt32>>) {
        for run in runs.sorted(by: { $0.lowerBound < $1.lowerBound }) where !run.isEmpty {
            if let last = self.runs.last, run.lowerBound <= last.upperBound {
                self.runs[self.runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
            } else {
                self.runs.append(run)
            }
        }
    }

    /// - Parameter blocks: indexes in any order, each any number of times.
    package init(blocks: some Sequence<Int>) {
        self.init(blocks.lazy.map { UInt32($0)..<(UInt32($0) + 1) })
    }

    /// How many blocks they are.
    package var count: Int { runs.reduce(0) { $0 + $1.count } }

    /// One above the highest index.
    package var end: Int { runs.last.map { Int($0.upperBound) } ?? 0 }

    /// The indexes, ascending. Compare `end` with what there is before this is asked: runs that a remote names may be long.
    package var blocks: [Int] { runs.flatMap { $0.map(Int.init) } }

    package mutating func formUnion(_ other: BlockRuns) {
        if runs.isEmpty { runs = other.runs } else if runs != other.runs { self = BlockRuns(runs + other.runs) }
    }

    /// Where `others` lie in a pack that has these blocks alone, in their order; `nil` if one of them is not among these.
    package func positions(of others: BlockRuns) -> BlockRuns? {
        var moved: [Range<UInt32>] = []
        var index = 0
        // Blocks in the runs before `index`.
        var before: UInt32 = 0
        for run in others.runs {
            while index < runs.count, runs[index].upperBound <= run.lowerBound {
                before += UInt32(runs[index].count)
                index += 1
            }
            guard index < runs.count, runs[index].lowerBound <= run.lowerBound, run.upperBound <= runs[index].upperBound else { return nil }
            let start = before + (run.lowerBound - runs[index].lowerBound)
            moved.append(start..<(start + UInt32(run.count)))
        }
        return BlockRuns(moved)
    }
}
