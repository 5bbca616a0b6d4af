import TenonCore
import TenonPlots

/// Metrics over commits, a chart for each.
struct PlotHistory {
    private var names: [String] = []
    private var labels: [String] = []
    /// In the order in which they come first.
    private var places: [Place] = []
    private var values: [Place: [Int: Double]] = [:]

    private struct Place: Hashable {
        var file: RelativePath?
        var key: String
    }

    /// More charts are not read.
    private static let maximumCharts = 24

    /// Adds the commit that follows those before.
    ///
    /// - Parameter label: for tooltips.
    mutating func add(_ name: String, label: String, metrics: [ValueGroup]) {
        for group in metrics {
            for value in group.values {
                guard let number = value.value.number else { continue }
                let place = Place(file: group.file, key: value.key)
                if values[place] == nil { places.append(place) }
                values[place, default: [:]][names.count] = number.value
            }
        }
        names.append(name)
        labels.append(label)
    }

    /// Metrics that at least two commits have.
    func draw() -> (section: PlotPage.Section?, problems: [String]) {
        let drawn = places.filter { (values[$0]?.values.count { $0.isFinite } ?? 0) > 1 }
        guard !drawn.isEmpty else { return (nil, []) }
        let charts = drawn.prefix(PlotHistory.maximumCharts).map { place -> any Chart in
            let found = values[place] ?? [:]
            let points = names.indices.compactMap { index in
                found[index].map { LineChart.Point(x: Double(index), y: $0, label: labels[index]) }
            }
            return LineChart(
                title: place.key, subtitle: place.file.map { "\($0)" }, xTitle: "", yTitle: "",
                series: [LineChart.Series(name: place.key, points: points, place: 0)], xNames: names)
        }
        let problems =
            drawn.count > charts.count ? ["of \(drawn.count) metrics over commits the first \(charts.count) are drawn; name files to choose"] : []
        return (PlotPage.Section(title: "Metrics over commits", note: "The earliest first.", charts: charts), problems)
    }
}
