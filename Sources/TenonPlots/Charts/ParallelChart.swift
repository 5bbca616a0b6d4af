/// Trials as lines across parallel axes, one for each parameter and metric (Alfred Inselberg, "The Plane with Parallel Coordinates", 1985).
package struct ParallelChart: Chart {
    package var title: String
    package var subtitle: String?
    package var caption: String?
    package var dimensions: [String]
    /// A number by which lines are coloured.
    package var color: String?
    package var trials: [Trial]
    /// The trial whose line stands out.
    package var highlight: Int?

    package let size: (width: Double, height: Double) = (1160, 430)

    private static let top = 58.0
    private static let bottom = 412.0
    private static let margin = 76.0

    package init(
        title: String, subtitle: String? = nil, dimensions: [String], color: String? = nil, trials: [Trial], highlight: Int? = nil,
        caption: String? = nil
    ) {
        self.title = title
        self.subtitle = subtitle
        self.caption = caption
        self.dimensions = dimensions
        self.color = color
        self.trials = trials
        self.highlight = highlight
    }

    package func drawLegend(_ markup: inout Markup) { ColorScale(color, trials)?.drawLegend(&markup) }

    package func draw(_ markup: inout Markup) {
        let axes = dimensions.map { Dimension($0, trials) }
        let step = axes.count > 1 ? (size.width - 2 * ParallelChart.margin) / Double(axes.count - 1) : 0
        func place(_ index: Int) -> Double { axes.count > 1 ? ParallelChart.margin + Double(index) * step : size.width / 2 }
        let scale = ColorScale(color, trials)
        let height = ParallelChart.bottom - ParallelChart.top
        func draw(_ index: Int, _ markup: inout Markup) {
            let trial = trials[index]
            var path = ""
            var follows = false
            for (number, axis) in axes.enumerated() {
                guard let position = axis.position(trial) else {
                    follows = false
                    continue
                }
                path += "\(follows ? "L" : "M")\(Markup.px(place(number))) \(Markup.px(ParallelChart.bottom - position * height))"
                follows = true
            }
            let shade = scale.map { scale in scale.step(trial).map { "v\($0)" } ?? "k7" } ?? "k0"
            let values = dimensions.compactMap { dimension in trial.text(dimension).map { "\(dimension) \($0)" } }.joined(separator: ", ")
            markup.element("path", ["class": "l \(shade)\(index == highlight ? " best" : "")", "d": path]) {
                $0.element("title", text: "\(trial.name): \(values)")
            }
        }
        for index in trials.indices where index != highlight { draw(index, &markup) }
        if let highlight, trials.indices.contains(highlight) { draw(highlight, &markup) }
        for (number, axis) in axes.enumerated() { drawAxis(axis.axis, at: place(number), room: max(step, 120), number, &markup) }
    }

    private func drawAxis(_ axis: Axis, at place: Double, room: Double, _ number: Int, _ markup: inout Markup) {
        let height = ParallelChart.bottom - ParallelChart.top
        markup.empty(
            "line",
            [
                "class": "ax", "x1": Markup.px(place), "y1": Markup.px(ParallelChart.top), "x2": Markup.px(place),
                "y2": Markup.px(ParallelChart.bottom),
            ])
        // Titles of neighbours stand at two heights, so that long ones have room.
        let title = LabelText.fit(axis.title + (axis.isLogarithmic ? " (log)" : ""), width: min(2 * room - 24, 2 * min(place, size.width - place)))
        markup.element("text", ["class": "b", "x": Markup.px(place), "y": number % 2 == 0 ? "36" : "16", "text-anchor": "middle"], text: title)
        if number % 2 == 1 { markup.empty("line", ["class": "g", "x1": Markup.px(place), "y1": "22", "x2": Markup.px(place), "y2": "46"]) }
        let every = max(1, (axis.ticks.count + 19) / 20)
        for (index, tick) in axis.ticks.enumerated() where index % every == 0 {
            let y = ParallelChart.bottom - tick.position * height
            markup.empty("line", ["class": "ax", "x1": Markup.px(place - 4), "y1": Markup.px(y), "x2": Markup.px(place), "y2": Markup.px(y)])
            markup.element(
                "text", ["class": "halo", "x": Markup.px(place - 8), "y": Markup.px(y + 4), "text-anchor": "end"],
                text: LabelText.fit(tick.label, width: min(70, room - 20)))
        }
    }

    package var table: ChartTable {
        ChartTable(columns: ["name"] + dimensions, total: trials.count) { row in
            [trials[row].name] + dimensions.map { trials[row].text($0) ?? "–" }
        }
    }
}
