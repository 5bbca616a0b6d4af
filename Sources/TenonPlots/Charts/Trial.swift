/// A point in the space of parameters and metrics: an experiment, or a commit.
package struct Trial: Sendable, Equatable {
    /// A parameter's or metric's value.
    package enum Value: Sendable, Equatable {
        case number(Double)
        case text(String)
    }

    package var name: String
    /// By the name of a dimension.
    package var values: [String: Value]

    package init(name: String, values: [String: Value]) {
        self.name = name
        self.values = values
    }

    func number(_ dimension: String) -> Double? {
        if case .number(let value) = values[dimension] { value } else { nil }
    }

    func text(_ dimension: String) -> String? {
        switch values[dimension] {
        case .number(let value): NumberText.short(value)
        case .text(let text): text
        case nil: nil
        }
    }
}

/// A parameter or metric of many trials, as an axis.
struct Dimension {
    let name: String
    let axis: Axis
    /// Where a text lies on an axis of names.
    private let places: [String: Double]

    /// Of numbers where all are; else of names, each text and number by itself.
    init(_ name: String, _ trials: [Trial], tickCount: Int = 6) {
        self.name = name
        let present = trials.compactMap { $0.values[name] }
        let numbers = present.compactMap { if case .number(let value) = $0 { value } else { nil } }
        if numbers.count == present.count {
            axis = Axis(name, numbers: numbers, prefersLogarithm: true, tickCount: tickCount)
            places = [:]
        } else {
            let names = Set(trials.compactMap { $0.text(name) }).sorted()
            axis = Axis(name, names: names)
            places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Double($0)) })
        }
    }

    /// From 0 to 1; `nil` where a trial has no value.
    func position(_ trial: Trial) -> Double? {
        if axis.isOfNames { return trial.text(name).flatMap { places[$0] }.flatMap(axis.position) }
        return trial.number(name).flatMap(axis.position)
    }

    /// The value that a position on the axis stands for in a `Plane`.
    func value(_ trial: Trial) -> Double? {
        axis.isOfNames ? trial.text(name).flatMap { places[$0] } : trial.number(name)
    }
}
