import Glibc

/// Where the ticks of a linear axis stand: at multiples of 1, 2 or 5 times a power of ten, from at or below the least value to at or above the greatest
/// (after Paul Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990).
struct LinearTicks: Equatable {
    let values: [Double]
    let labels: [String]

    /// Values beyond are drawn at the edge: differences of larger ones are none that a `Double` holds.
    static let extreme = 1e300

    init(_ least: Double, _ greatest: Double, count: Int = 6) {
        var low = LinearTicks.within(min(least, greatest))
        var high = LinearTicks.within(max(least, greatest))
        // One value, or two that differ by rounding alone.
        if high - low <= 1e-12 * max(low.magnitude, high.magnitude) {
            let room = low == 0 ? 1 : low.magnitude * 0.1
            low = LinearTicks.within(low - room)
            high = LinearTicks.within(high + room)
        }
        let step = LinearTicks.nice((high - low) / Double(max(1, count - 1)))
        guard step > 0, step.isFinite else {
            values = [low, high]
            labels = values.map { NumberText.short($0) }
            return
        }
        // A value that is a tick but for rounding needs none beyond it.
        let first = (low / step + 1e-9).rounded(.down)
        let last = (high / step - 1e-9).rounded(.up)
        let steps = Int(min(20, max(1, last - first)))
        // Multiplied, not added up, so that ticks are what their labels say.
        values = (0...steps).map { (first + Double($0)) * step }
        labels = LinearTicks.labels(values, step: step)
    }

    /// `value`, or the extreme that it lies beyond.
    static func within(_ value: Double) -> Double { max(-extreme, min(extreme, value)) }

    private static func nice(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        guard power > 0 else { return 0 }
        let fraction = step / power
        return (fraction < 1.5 ? 1 : fraction < 3 ? 2 : fraction < 7 ? 5 : 10) * power
    }

    /// All with the same number of decimal places.
    private static func labels(_ values: [Double], step: Double) -> [String] {
        let greatest = values.map(\.magnitude).max() ?? 0
        let exponent = Int(log10(step).rounded(.down))
        if greatest >= 1e6 || greatest < 1e-3 {
            let digits = max(1, Int(log10(greatest).rounded(.down)) - exponent + 1)
            return values.map { $0 == 0 ? "0" : NumberText.scientific($0, digits: min(digits, 12)) }
        }
        return values.map { NumberText.grouped(NumberText.fixed($0, decimals: max(0, -exponent)), from: greatest >= 1e4 ? 4 : 5) }
    }
}
