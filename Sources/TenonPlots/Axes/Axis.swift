import Glibc

/// One direction of a chart: what its values are, and where on a line from 0 to 1 they lie.
struct Axis: Equatable {
    enum Scale: Equatable {
        case linear(ClosedRange<Double>)
        /// Of values above 0.
        case logarithmic(ClosedRange<Double>)
        /// Names, evenly spaced in their order; a value is an index.
        case names(count: Int)
    }

    struct Tick: Equatable {
        /// From 0 to 1.
        var position: Double
        var label: String
    }

    var title: String
    let scale: Scale
    let ticks: [Tick]

    /// An axis for `values`; those that are not finite don't count.
    ///
    /// - Parameter prefersLogarithm: take a logarithmic one where all values are above 0 and span more than a factor of 50.
    init(_ title: String, numbers: some Sequence<Double>, prefersLogarithm: Bool = false, tickCount: Int = 6, isTight: Bool = false) {
        self.title = title
        var least = Double.infinity
        var greatest = -Double.infinity
        for value in numbers where value.isFinite {
            least = min(least, value)
            greatest = max(greatest, value)
        }
        if least > greatest { (least, greatest) = (0, 1) }
        if prefersLogarithm, least > 1e-290, greatest < 1e290, greatest / least > 50 {
            let found = LogTicks(least, greatest)
            let range = min(found.values[0], least)...max(found.values[found.values.count - 1], greatest)
            scale = .logarithmic(range)
            ticks = zip(found.values, found.labels).map { Tick(position: Axis.position($0, in: .logarithmic(range)), label: $1) }
            return
        }
        let found = LinearTicks(least, greatest, count: tickCount)
        (least, greatest) = (LinearTicks.within(least), LinearTicks.within(greatest))
        // A tight axis ends with its values, as time does; its ticks are those within.
        let ends = isTight && greatest > least ? (least, greatest) : (found.values[0], found.values[found.values.count - 1])
        // Values may lie beyond the last tick by a rounding error.
        let range = min(ends.0, least)...max(ends.1, greatest)
        scale = .linear(range)
        ticks = zip(found.values, found.labels).filter { range.contains($0.0) }.map {
            Tick(position: Axis.position($0, in: .linear(range)), label: $1)
        }
    }

    init(_ title: String, names: [String]) {
        self.title = title
        let scale = Scale.names(count: names.count)
        self.scale = scale
        ticks = names.enumerated().map { Tick(position: Axis.position(Double($0), in: scale), label: $1) }
    }

    var isLogarithmic: Bool {
        if case .logarithmic = scale { true } else { false }
    }

    var isOfNames: Bool {
        if case .names = scale { true } else { false }
    }

    /// Where a value lies; `nil` for one that has no place.
    func position(_ value: Double) -> Double? {
        guard value.isFinite else { return nil }
        if isLogarithmic, value <= 0 { return nil }
        let position = Axis.position(LinearTicks.within(value), in: scale)
        return position.isFinite ? min(1, max(0, position)) : nil
    }

    private static func position(_ value: Double, in scale: Scale) -> Double {
        switch scale {
        case .linear(let range): (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        case .logarithmic(let range):
            (log10(value) - log10(range.lowerBound)) / (log10(range.upperBound) - log10(range.lowerBound))
        case .names(let count): count <= 1 ? 0.5 : value / Double(count - 1)
        }
    }
}
