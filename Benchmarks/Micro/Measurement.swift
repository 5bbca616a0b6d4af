/// Times a piece of work several times over and keeps the median.
struct Measurement {
    let name: String
    /// Bytes or operations that one repetition handles.
    let amount: Double
    let seconds: [Double]

    /// Runs `work` once to warm up and then `repetitions` times.
    init(_ name: String, amount: Int, repetitions: Int = 7, _ work: () throws -> Void) rethrows {
        self.name = name
        self.amount = Double(amount)
        let clock = ContinuousClock()
        try work()
        seconds = try (0..<repetitions).map { _ in
            let elapsed = try clock.measure { try work() }.components
            return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        }.sorted()
    }

    /// Amount per second at the median, fastest and slowest repetition.
    var rates: (median: Double, fastest: Double, slowest: Double) {
        guard let first = seconds.first, let last = seconds.last else { return (0, 0, 0) }
        return (amount / seconds[seconds.count / 2], amount / first, amount / last)
    }

    /// One row: name, and the rate in `unit`, where one unit is `scale` of the amount.
    func row(unit: String, scale: Double, note: String = "") -> String {
        func text(_ rate: Double) -> String { String((rate / scale * 1000).rounded() / 1000) }
        let padded = name + String(repeating: " ", count: max(1, 44 - name.count))
        return "\(padded) \(text(rates.median)) \(unit)  (\(text(rates.slowest)) to \(text(rates.fastest)))  \(note)"
    }
}
