/// A pattern for paths as in `tenon.yaml`: `*` and `?` within a component, `**` across components, `[…]` is not special.
struct Glob {
    private let pattern: [UInt8]

    init(_ pattern: String) {
        self.pattern = Array(pattern.utf8)
    }

    /// Whether the whole of `path` matches. Takes time in proportion to the product of both lengths at most.
    func matches(_ path: [UInt8]) -> Bool {
        // States of the pattern that are reachable after each byte of the path, so that no pattern can make it backtrack.
        var states = closure([0])
        for byte in path {
            var next: Set<Int> = []
            for state in states where state < pattern.count {
                switch pattern[state] {
                case Glob.star:
                    if isDouble(state) || byte != Glob.slash { next.insert(state) }
                case UInt8(ascii: "?"):
                    if byte != Glob.slash { next.insert(state + 1) }
                case byte: next.insert(state + 1)
                default: break
                }
            }
            states = closure(next)
            if states.isEmpty { return false }
        }
        return states.contains(pattern.count)
    }

    private static let star = UInt8(ascii: "*")
    private static let slash = UInt8(ascii: "/")

    private func isDouble(_ state: Int) -> Bool {
        state + 1 < pattern.count && pattern[state + 1] == Glob.star
    }

    /// `states` with those that are reached without a byte: past a star, and past `**/` as a whole.
    private func closure(_ states: Set<Int>) -> Set<Int> {
        var result = states
        var open = Array(states)
        while let state = open.popLast() {
            guard state < pattern.count, pattern[state] == Glob.star else { continue }
            var reached: [Int] = []
            if isDouble(state) {
                reached.append(state + 2)
                let isAtStart = state == 0 || pattern[state - 1] == Glob.slash
                if isAtStart, state + 2 < pattern.count, pattern[state + 2] == Glob.slash { reached.append(state + 3) }
            } else {
                reached.append(state + 1)
            }
            for next in reached where result.insert(next).inserted { open.append(next) }
        }
        return result
    }
}
