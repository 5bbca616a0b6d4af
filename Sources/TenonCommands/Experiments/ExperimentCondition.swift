import ArgumentParser
import TenonAPI

/// A condition on the values of an experiment: `accuracy >= 0.9`, `model=small`, `status != done`.
struct ExperimentCondition: ExpressibleByArgument, Hashable {
    private enum Operator: String, CaseIterable {
        // The longer ones first: each begins with a shorter one, or may.
        case atLeast = ">="
        case atMost = "<="
        case different = "!="
        case same = "=="
        case above = ">"
        case below = "<"
        case equal = "="

        /// Whether it asks for an order: of numbers, always.
        var isOrder: Bool {
            switch self {
            case .atLeast, .atMost, .above, .below: true
            case .different, .same, .equal: false
            }
        }
    }

    let key: String
    private let comparison: Operator
    private let value: String
    let text: String

    init?(argument: String) {
        text = argument
        guard let start = argument.firstIndex(where: { "<>=!".contains($0) }) else { return nil }
        guard let found = Operator.allCases.first(where: { argument[start...].hasPrefix($0.rawValue) }) else { return nil }
        key = ExperimentCondition.trimmed(argument[..<start])
        value = ExperimentCondition.trimmed(argument[start...].dropFirst(found.rawValue.count))
        comparison = found
        if key.isEmpty || value.isEmpty { return nil }
    }

    /// Why it can't be asked of anything; `nil` if it can.
    var reasonToRefuse: String? {
        guard comparison.isOrder, Double(value).map(\.isNaN) ?? true else { return nil }
        return "in '\(displayName(text.utf8))' '\(displayName(value.utf8))' is no number, as \(comparison.rawValue) needs"
    }

    /// Whether it can be told of this experiment: it has the value, a number where an order is asked for.
    func isJudged(by experiment: ExperimentSummary) -> Bool {
        guard let found = experiment.value(of: key) else { return false }
        return !comparison.isOrder || found.number != nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Whether it holds; `false` where the experiment has no such value.
    func holds(for experiment: ExperimentSummary) -> Bool {
        guard let found = experiment.value(of: key) else { return comparison == .different }
        if let left = found.number, let right = Double(value) {
            return switch comparison {
            case .atLeast: left >= right
            case .atMost: left <= right
            case .above: left > right
            case .below: left < right
            case .different: left != right
            case .same, .equal: left == right
            }
        }
        return switch comparison {
        case .same, .equal: found.description == value
        case .different: found.description != value
        // A text is neither more nor less.
        case .atLeast, .atMost, .above, .below: false
        }
    }
}

extension PlainValue {
    /// A number's value.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Of JSON text that was checked before; what can't be read is a text.
    init(json text: String) {
        self = (try? WireCoding.decode(PlainValue.self, from: Array(text.utf8))) ?? .text(text)
    }
}
