/// How often each class was taken for each: a row for each actual class, a column for each predicted one.
package struct ConfusionChart: Chart {
    package var title: String
    package var subtitle: String?
    /// Of rows and of columns, in one order.
    package let classes: [String]
    /// `counts[actual][predicted]`.
    package let counts: [[Int]]
    /// Rare classes that were put together.
    private let merged: Int
    /// Show shares of each row in place of counts.
    private let isNormalized: Bool

    /// With more, nobody reads the cells.
    package static let maximumClasses = 40
    private static let others = "(others)"

    /// - Parameter pairs: actual and predicted class of each sample.
    package init(title: String, subtitle: String? = nil, pairs: [(actual: String, predicted: String)], isNormalized: Bool = false) {
        self.title = title
        self.subtitle = subtitle
        self.isNormalized = isNormalized
        var frequency: [String: Int] = [:]
        for pair in pairs {
            frequency[pair.actual, default: 0] += 1
            frequency[pair.predicted, default: 0] += 1
        }
        let byFrequency = frequency.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        let isCut = byFrequency.count > ConfusionChart.maximumClasses
        let kept = isCut ? Array(byFrequency.prefix(ConfusionChart.maximumClasses - 1)) : byFrequency
        merged = byFrequency.count - kept.count
        // Numbers in their own order, so that 10 follows 9.
        let sorted = kept.allSatisfy { Double($0) != nil } ? kept.sorted { (Double($0) ?? 0, $0) < (Double($1) ?? 0, $1) } : kept.sorted()
        classes = sorted + (isCut ? [ConfusionChart.others] : [])
        let places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
        var counts = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
        for pair in pairs { counts[places[pair.actual] ?? classes.count - 1][places[pair.predicted] ?? classes.count - 1] += 1 }
        self.counts = counts
    }

    package var caption: String? {
        let total = counts.reduce(0) { $0 + $1.reduce(0, +) }
        let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
        let share = total == 0 ? "" : " \(right) of \(total) are on the diagonal (\(percent(right, total)))."
        let cut = merged == 0 ? "" : " The \(merged) rarest classes are put together."
        return "Rows: actual, columns: predicted; shaded by the share of each row." + share + cut
    }

    private var cell: Double { max(14, min(66, 430 / Double(max(1, classes.count)))) }
    private var labelWidth: Double { min(120, classes.map(LabelText.width).max() ?? 0) }
    /// Labels below are turned where they are wider than a column.
    private var isTurned: Bool { labelWidth > cell - 6 }
    private var left: Double { labelWidth + 32 }

    package var size: (width: Double, height: Double) {
        (max(360, left + cell * Double(classes.count) + 12), 14 + cell * Double(classes.count) + (isTurned ? labelWidth * 0.8 + 14 : 22) + 24)
    }

    package func draw(_ markup: inout Markup) {
        let top = 10.0
        let side = cell * Double(classes.count)
        for (row, values) in counts.enumerated() {
            let total = values.reduce(0, +)
            for (column, count) in values.enumerated() {
                let share = total == 0 ? 0 : Double(count) / Double(total)
                let corner = (x: left + Double(column) * cell, y: top + Double(row) * cell)
                let label = "actual \(classes[row]), predicted \(classes[column]): \(count)\(total == 0 ? "" : " (\(percent(count, total)))")"
                markup.element(
                    "rect",
                    [
                        "class": "cell", "fill-opacity": NumberText.fixed(count == 0 ? 0 : 0.06 + 0.94 * share, decimals: 2),
                        "x": Markup.px(corner.x + 1),
                        "y": Markup.px(corner.y + 1), "width": Markup.px(cell - 2), "height": Markup.px(cell - 2), "rx": "3",
                    ]
                ) { $0.element("title", text: label) }
                let text = isNormalized ? NumberText.fixed(share, decimals: 2) : String(count)
                guard total > 0, LabelText.width(text) <= cell - 4 else { continue }
                markup.element(
                    "text",
                    [
                        "class": share > 0.55 ? "on" : count == 0 ? "" : "t", "x": Markup.px(corner.x + cell / 2),
                        "y": Markup.px(corner.y + cell / 2 + 4),
                        "text-anchor": "middle",
                    ], text: text)
            }
        }
        markup.empty(
            "rect", ["class": "frame", "x": Markup.px(left), "y": Markup.px(top), "width": Markup.px(side), "height": Markup.px(side), "rx": "4"])
        drawLabels(top: top, side: side, &markup)
    }

    private func drawLabels(top: Double, side: Double, _ markup: inout Markup) {
        for (index, name) in classes.enumerated() {
            let middle = (Double(index) + 0.5) * cell
            let label = LabelText.fit(name, width: labelWidth)
            markup.element("text", ["x": Markup.px(left - 7), "y": Markup.px(top + middle + 4), "text-anchor": "end"], text: label)
            let (x, y) = (left + middle, top + side + 16)
            if isTurned {
                let place = "translate(\(Markup.px(x + 4)) \(Markup.px(y - 4))) rotate(-55)"
                markup.element("text", ["transform": place, "text-anchor": "end"], text: label)
            } else {
                markup.element("text", ["x": Markup.px(x), "y": Markup.px(y), "text-anchor": "middle"], text: label)
            }
        }
        markup.element(
            "text", ["class": "b", "x": Markup.px(left + side / 2), "y": Markup.px(size.height - 5), "text-anchor": "middle"], text: "predicted")
        let turned = "translate(13 \(Markup.px(top + side / 2))) rotate(-90)"
        markup.element("text", ["class": "b", "transform": turned, "text-anchor": "middle"], text: "actual")
    }

    private func percent(_ part: Int, _ whole: Int) -> String {
        whole == 0 ? "" : NumberText.trimmed(NumberText.fixed(100 * Double(part) / Double(whole), decimals: 1)) + " %"
    }

    package var table: ChartTable {
        ChartTable(columns: ["actual \\ predicted"] + classes, total: classes.count) { row in [classes[row]] + counts[row].map(String.init) }
    }
}
