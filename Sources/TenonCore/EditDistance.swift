/// How far two words are apart, for suggestions.
package enum EditDistance {
    /// Insertions, removals, replacements and swaps of neighbours that make `right` of `left` (optimal string alignment).
    package static func between(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        var before: [Int] = []
        var above = Array(0...b.count)
        for row in 0..<a.count {
            var current = [row + 1]
            for column in 0..<b.count {
                var best = min(above[column + 1] + 1, current[column] + 1, above[column] + (a[row] == b[column] ? 0 : 1))
                if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] { best = min(best, before[column - 1] + 1) }
                current.append(best)
            }
            before = above
            above = current
        }
        return above[b.count]
    }

    /// The words that `typed` may have meant, nearest first: those at most a third of it away, or that it begins.
    package static func suggestions(for typed: String, among words: [String]) -> [String] {
        let limit = max(1, typed.utf8.count / 3)
        let near = words.compactMap { word -> (distance: Int, word: String)? in
            let distance = between(typed, word)
            if distance <= limit { return (distance, word) }
            return typed.utf8.count >= 2 && word.hasPrefix(typed) ? (limit, word) : nil
        }
        return near.sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }.prefix(3).map(\.word)
    }
}
