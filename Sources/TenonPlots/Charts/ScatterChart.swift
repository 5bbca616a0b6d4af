/// Trials as points between two of their values.
package struct ScatterChart: Chart {
    package var title: String
    package var subtitle: String?
    package var caption: String?
    package var x: String
    package var y: String
    /// A number by which points are coloured.
    package var color: String?
    package var trials: [Trial]

    package let size: (width: Double, height: Double) = (390, 290)

    package init(title: String, subtitle: String? = nil, x: String, y: String, color: String? = nil, trials: [Trial], caption: String? = nil) {
        self.title = title
        self.subtitle = subtitle
        self.caption = caption
        self.x = x
        self.y = y
        self.color = color
        self.trials = trials
    }

    package func drawLegend(_ markup: inout Markup) { ColorScale(color, trials)?.drawLegend(&markup) }

    package func draw(_ markup: inout Markup) {
        let horizontal = Dimension(x, trials, tickCount: 5)
        let vertical = Dimension(y, trials)
        let plane = Plane(width: size.width, height: size.height, x: horizontal.axis, y: vertical.axis)
        plane.draw(&markup)
        let scale = ColorScale(color, trials)
        for trial in trials {
            guard let x = horizontal.value(trial), let y = vertical.value(trial), let place = plane.point(x, y) else { continue }
            let label = "\(trial.name): \(self.x) \(trial.text(self.x) ?? ""), \(self.y) \(trial.text(self.y) ?? "")"
            let shade = scale.map { scale in scale.step(trial).map { "w\($0)" } ?? "f7" }
            Marker.draw(&markup, at: place, series: 0, radius: trials.count > 300 ? 3 : 5, className: shade, label: label)
        }
    }

    package var table: ChartTable {
        let columns = [x, y] + (color.map { $0 == x || $0 == y ? [] : [$0] } ?? [])
        return ChartTable(columns: ["name"] + columns, total: trials.count) { row in
            [trials[row].name] + columns.map { trials[row].text($0) ?? "–" }
        }
    }
}
