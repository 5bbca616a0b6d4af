import Glibc

/// Where the ticks of a logarithmic axis stand: at powers of ten, and at 2 and 5 times these where there are few.
struct LogTicks: Equatable {
    let values: [Double]
    let labels: [String]

    /// Of values above 0.
    init(_ least: Double, _ greatest: Double) {
        let low = log10(min(least, greatest))
        let high = log10(max(least, greatest))
        let first = Int((low + 1e-9).rounded(.down))
        let last = max(first + 1, Int((high - 1e-9).rounded(.up)))
        let every = max(1, (last - first + 6) / 7)
        let multiples: [Double] = last - first <= 2 ? [1, 2, 5] : [1]
        var values: [Double] = []
        for exponent in stride(from: first, through: last, by: every) {
            for multiple in multiples where exponent < last || multiple == 1 { values.append(multiple * pow(10, Double(exponent))) }
        }
        // The ends of the axis are ticks; the last power may have been stepped over.
        if let end = values.last, end < pow(10, high) * (1 - 1e-9) { values.append(pow(10, Double(last))) }
        self.values = values
        labels = values.map { NumberText.short($0) }
    }
}
