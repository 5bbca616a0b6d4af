/// A bound that a metric of some artifacts must keep: `accuracy >= 0.90`.
struct MetricRule: Equatable, Sendable {
    enum Comparison: String, CaseIterable, Sendable {
        case atLeast = ">="
        case atMost = "<="
        case equal = "=="
        case above = ">"
        case below = "<"
    }

    /// Glob of the artifacts that it is about.
    var glob: String
    var metric: String
    var comparison: Comparison
    var bound: Double

    /// Reads `METRIC COMPARISON NUMBER`; `nil` if `text` is something else.
    init?(glob: String, text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, let comparison = Comparison(rawValue: String(words[1])) else { return nil }
        guard let bound = Double(words[2]), bound.isFinite else { return nil }
        self.glob = glob
        metric = String(words[0])
        self.comparison = comparison
        self.bound = bound
    }
}
