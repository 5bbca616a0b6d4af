import TenonCore
import TenonPlots

/// Experiments as points in the space of their parameters and metrics.
struct PlotTrials {
    private(set) var trials: [Trial] = []
    /// In the order in which they come first.
    private var parameters: [Place] = []
    private var metrics: [Place] = []
    private var known: Set<Place> = []

    /// A value's place. A metric and a parameter may have one name.
    private struct Place: Hashable {
        var file: RelativePath?
        var key: String
        var isMetric: Bool
    }

    private var values: [[Place: Trial.Value]] = []

    /// Characters; what goes on longer is the same for a reader.
    private static let longestText = 200
    private static let maximumParameters = 8
    private static let maximumMetrics = 5
    private static let maximumScatter = (parameters: 4, metrics: 3)

    mutating func add(_ name: String, parameters: [ValueGroup], metrics: [ValueGroup]) {
        var found: [Place: Trial.Value] = [:]
        for (groups, isMetric) in [(parameters, false), (metrics, true)] {
            for group in groups {
                for value in group.values {
                    let place = Place(file: group.file, key: value.key, isMetric: isMetric)
                    switch value.value {
                    case .number(let number): if number.value.isFinite { found[place] = .number(number.value) }
                    case .bool, .text: found[place] = .text(String(FlatValue.text(value.value).prefix(PlotTrials.longestText)))
                    case .null, .list, .mapping: continue
                    }
                    if known.insert(place).inserted {
                        if isMetric { self.metrics.append(place) } else { self.parameters.append(place) }
                    }
                }
            }
        }
        values.append(found)
        trials.append(Trial(name: name, values: [:]))
    }

    /// The charts; none for fewer than two experiments.
    func draw(by: String?, prefersLowest: Bool?) -> (sections: [PlotPage.Section], problems: [String]) {
        guard trials.count > 1 else {
            return ([], trials.isEmpty ? [] : ["there is one experiment only: nothing to compare it with"])
        }
        var problems: [String] = []
        let names = self.names
        let named = zip(trials, values).map { trial, found in
            Trial(name: trial.name, values: Dictionary(uniqueKeysWithValues: found.compactMap { place, value in names[place].map { ($0, value) } }))
        }
        let varying = parameters.filter(varies).compactMap { names[$0] }
        let measured = metrics.compactMap { names[$0] }
        var color = measured.first
        if let by {
            if let found = metrics.first(where: { $0.key == by || names[$0] == by }).flatMap({ names[$0] }) {
                color = found
            } else {
                problems.append("no experiment has the metric '\(by)'")
            }
        }
        // The metric that is asked for is among those that are drawn.
        let shownMetrics = ((color.map { [$0] } ?? []) + measured.filter { $0 != color }).prefix(PlotTrials.maximumMetrics)
        let dimensions = varying.prefix(PlotTrials.maximumParameters) + shownMetrics.reversed()
        guard dimensions.count > 1 else { return ([], problems + ["experiments have no parameters and metrics that differ"]) }
        let best = color.flatMap { PlotTrials.best(named, $0, prefersLowest: prefersLowest) }
        let chart = ParallelChart(
            title: "Parameters and metrics", subtitle: "\(trials.count) experiments", dimensions: Array(dimensions), color: color, trials: named,
            highlight: best?.index, caption: caption(named, best: best, color: color, shown: varying.count, measured: measured.count))
        var sections = [PlotPage.Section(title: "Experiments", charts: [chart])]
        let pairs = shownMetrics.prefix(PlotTrials.maximumScatter.metrics).flatMap { metric in
            varying.prefix(PlotTrials.maximumScatter.parameters).map { ($0, metric) }
        }
        var scatter = pairs.map { ScatterChart(title: "\($1) by \($0)", x: $0, y: $1, color: color, trials: named) }
        if shownMetrics.count > 1 {
            scatter.append(
                ScatterChart(title: "\(shownMetrics[0]) by \(shownMetrics[1])", x: shownMetrics[1], y: shownMetrics[0], color: color, trials: named))
        }
        if !scatter.isEmpty { sections.append(PlotPage.Section(title: "Metrics by parameters", charts: scatter, isDense: true)) }
        return (sections, problems)
    }

    /// What each place is called, no two the same: its key, with its file where that is not enough.
    private var names: [Place: String] {
        let places = parameters + metrics
        var count: [String: Int] = [:]
        for place in places { count[place.key, default: 0] += 1 }
        // Keys may hold anything, also what another one is called with its file.
        var taken = Set(places.map(\.key).filter { count[$0] == 1 })
        var names: [Place: String] = [:]
        for place in places {
            guard count[place.key] ?? 0 > 1 else {
                names[place] = place.key
                continue
            }
            let file = place.file.map { "\($0)" } ?? (place.isMetric ? "metric" : "parameter")
            let whole = "\(file):\(place.key)\(place.isMetric ? "" : " (parameter)")"
            var name = whole
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(whole) (\(number))"
                number += 1
            }
            names[place] = name
        }
        return names
    }

    private func varies(_ place: Place) -> Bool {
        let first = values.first?[place]
        return values.contains { $0[place] != first }
    }

    /// The trial with the best number, and whether that is the lowest one.
    static func best(_ trials: [Trial], _ metric: String, prefersLowest: Bool?) -> (index: Int, isLowest: Bool)? {
        let isLowest = prefersLowest ?? isLowerBetter(metric)
        var best: (index: Int, value: Double)?
        for (index, trial) in trials.enumerated() {
            guard case .number(let value) = trial.values[metric] else { continue }
            if let known = best, isLowest ? value >= known.value : value <= known.value { continue }
            best = (index, value)
        }
        return best.map { ($0.index, isLowest) }
    }

    /// Whether a metric of this name is one that training lowers.
    static func isLowerBetter(_ metric: String) -> Bool {
        let words = metric.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let low: Set<String> = [
            "loss", "error", "err", "mae", "mse", "rmse", "mape", "perplexity", "ppl", "time", "seconds", "latency", "wer", "cer", "duration",
        ]
        return words.contains { low.contains($0) || $0.hasSuffix("loss") || $0.hasSuffix("error") }
    }

    private func caption(_ named: [Trial], best: (index: Int, isLowest: Bool)?, color: String?, shown: Int, measured: Int) -> String? {
        var sentences: [String] = []
        if let best, let color {
            sentences.append("The thick line is the experiment with the \(best.isLowest ? "lowest" : "highest") \(color): \(named[best.index].name).")
        }
        let same = parameters.filter { !varies($0) }.count
        if same > 0 {
            sentences.append(same == 1 ? "One parameter is the same in all and not shown." : "\(same) parameters are the same in all and not shown.")
        }
        if shown > PlotTrials.maximumParameters {
            sentences.append("Of \(shown) parameters that differ, the first \(PlotTrials.maximumParameters) are shown.")
        }
        if measured > PlotTrials.maximumMetrics { sentences.append("Of \(measured) metrics, \(PlotTrials.maximumMetrics) are shown.") }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }
}
