/// Lines over a horizontal axis: a metric over commits, or curves of several revisions one over another.
package struct LineChart: Chart {
    package struct Point: Sendable, Equatable {
        package var x: Double
        /// Not finite: the line has a gap here.
        package var y: Double
        /// What stands in its tooltip, before the value.
        package var label: String?

        package init(x: Double, y: Double, label: String? = nil) {
            self.x = x
            self.y = y
            self.label = label
        }
    }

    package struct Series: Sendable, Equatable {
        package var name: String
        package var points: [Point]
        /// Which colour and shape it has: the same on all charts of a page.
        package var place: Int

        package init(name: String, points: [Point], place: Int) {
            self.name = name
            self.points = points
            self.place = place
        }
    }

    package var title: String
    package var subtitle: String?
    package var xTitle: String
    package var yTitle: String
    package var series: [Series]
    /// Names of the places on the horizontal axis, which then are 0, 1, 2…; none: it is one of numbers.
    package var xNames: [String]
    private let drawn: [Drawn]

    /// A series as it is drawn.
    private struct Drawn: Sendable {
        var series: Series
        /// Those that are drawn, in order; a gap before one begins a new line.
        var points: [(point: Point, follows: Bool)]
        var isThinned: Bool
        /// Points that are no finite numbers.
        var gaps: Int
    }

    /// More points than there are places on a screen.
    private static let maximumPoints = 1000
    /// So many points have a mark each; of more, every so many.
    private static let markedPoints = 60
    private static let marksOnLong = 7
    /// So many points make a band of a noisy line, unless it is thin.
    private static let denselyPlaced = 200

    package let size: (width: Double, height: Double) = (580, 310)

    package init(title: String, subtitle: String? = nil, xTitle: String, yTitle: String, series: [Series], xNames: [String] = []) {
        self.title = title
        self.subtitle = subtitle
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.series = series
        self.xNames = xNames
        drawn = series.map { LineChart.prepare($0) }
    }

    /// Sorts by the horizontal axis, finds gaps, and thins what is long.
    private static func prepare(_ series: Series) -> Drawn {
        let placed = series.points.filter(\.x.isFinite)
        let isSorted = zip(placed, placed.dropFirst()).allSatisfy { $0.x <= $1.x }
        let sorted = isSorted ? placed : placed.enumerated().sorted { ($0.element.x, $0.offset) < ($1.element.x, $1.offset) }.map(\.element)
        var points: [(point: Point, follows: Bool)] = []
        var isBroken = true
        for point in sorted {
            if point.y.isFinite {
                points.append((point, !isBroken))
                isBroken = false
            } else {
                isBroken = true
            }
        }
        let gaps = sorted.count - points.count
        guard points.count > maximumPoints else { return Drawn(series: series, points: points, isThinned: false, gaps: gaps) }
        let chosen = Thinning.largestTriangle(points.map { ($0.point.x, $0.point.y) }, to: maximumPoints)
        var thinned: [(point: Point, follows: Bool)] = []
        var start = 0
        for index in chosen {
            // A gap among those that are left out is a gap still.
            thinned.append((points[index].point, points[start...index].allSatisfy(\.follows)))
            start = index + 1
        }
        return Drawn(series: series, points: thinned, isThinned: true, gaps: gaps)
    }

    package var caption: String? {
        var sentences: [String] = []
        let thinned = drawn.filter(\.isThinned)
        if let longest = thinned.map(\.series.points.count).max() {
            let which = thinned.count == 1 ? "The line is" : "\(thinned.count) lines are"
            sentences.append("\(which) thinned from up to \(longest) points to \(LineChart.maximumPoints) by \(Thinning.name).")
        }
        let gaps = drawn.reduce(0) { $0 + $1.gaps }
        if gaps > 0 { sentences.append(gaps == 1 ? "One value is no finite number: a gap." : "\(gaps) values are no finite numbers: gaps.") }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    package func drawLegend(_ markup: inout Markup) {
        guard series.count > 1 else { return }
        markup.element("ul", ["class": "legend"]) { markup in
            for one in series {
                markup.element("li") { markup in
                    markup.element("svg", ["xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 26 12", "aria-hidden": "true"]) { markup in
                        markup.empty("path", ["class": "s k\(one.place % StyleSheet.seriesCount)", "d": "M1 6H25"])
                        markup.empty("path", ["class": "p f\(one.place % StyleSheet.seriesCount)", "d": Marker.outline(one.place, (13, 6), 4)])
                    }
                    markup.element("span", text: one.name)
                }
            }
        }
    }

    package func draw(_ markup: inout Markup) {
        let values = drawn.flatMap { $0.points.map(\.point) }
        let x = xNames.isEmpty ? Axis(xTitle, numbers: values.map(\.x), tickCount: 8, isTight: true) : Axis(xTitle, names: xNames)
        let plane = Plane(width: size.width, height: size.height, x: x, y: Axis(yTitle, numbers: values.map(\.y)))
        plane.draw(&markup)
        guard !values.isEmpty else {
            markup.element(
                "text", ["x": Markup.px(size.width / 2), "y": Markup.px(size.height / 2), "text-anchor": "middle"],
                text: "no values that can be drawn")
            return
        }
        // The first series is drawn last: it is what the others are compared with.
        for one in drawn.reversed() { draw(one, plane, &markup) }
    }

    private func draw(_ drawn: Drawn, _ plane: Plane, _ markup: inout Markup) {
        var path = ""
        var alone: [(x: Double, y: Double)] = []
        var marks: [((x: Double, y: Double), Point)] = []
        for (index, (point, follows)) in drawn.points.enumerated() {
            guard let place = plane.point(point.x, point.y) else { continue }
            path += "\(follows ? "L" : "M")\(Markup.px(place.x)) \(Markup.px(place.y))"
            marks.append((place, point))
            // One point between two gaps makes no line.
            if !follows, index + 1 == drawn.points.count || !drawn.points[index + 1].follows { alone.append(place) }
        }
        let color = drawn.series.place % StyleSheet.seriesCount
        let weight = marks.count > LineChart.denselyPlaced ? "s thin" : "s"
        markup.element("path", ["class": "\(weight) k\(color)", "d": path]) { $0.element("title", text: drawn.series.name) }
        if marks.count <= LineChart.markedPoints {
            for (place, point) in marks {
                let name = point.label ?? "\(drawn.series.name), \(xTitle.isEmpty ? "" : xTitle + " ")\(NumberText.short(point.x))"
                Marker.draw(&markup, at: place, series: drawn.series.place, label: "\(name): \(NumberText.short(point.y))")
            }
        } else {
            // At other places for each series, so that lines one over another are still told apart.
            let every = marks.count / LineChart.marksOnLong
            let first = every * (1 + drawn.series.place % StyleSheet.seriesCount) / (StyleSheet.seriesCount + 1)
            for index in stride(from: first, to: marks.count, by: every) where series.count > 1 {
                let (place, point) = marks[index]
                let label = "\(drawn.series.name), \(xTitle.isEmpty ? "" : xTitle + " ")\(NumberText.short(point.x)): \(NumberText.short(point.y))"
                Marker.draw(&markup, at: place, series: drawn.series.place, label: label)
            }
            for place in alone { Marker.draw(&markup, at: place, series: drawn.series.place, radius: 2.5, label: drawn.series.name) }
        }
    }

    package var table: ChartTable {
        if !xNames.isEmpty {
            return ChartTable(columns: [xTitle.isEmpty ? "place" : xTitle] + series.map(\.name), total: xNames.count) { row in
                [xNames[row]] + series.map { one in one.points.first { $0.x == Double(row) }.map { NumberText.short($0.y) } ?? "–" }
            }
        }
        let places = Set(series.flatMap { $0.points.lazy.map(\.x).filter(\.isFinite) }).sorted()
        let shown = Set(places.prefix(ChartTable.maximumRows))
        let values = series.map { one in
            Dictionary(one.points.lazy.filter { shown.contains($0.x) }.map { ($0.x, $0.y) }) { first, _ in first }
        }
        return ChartTable(columns: [xTitle.isEmpty ? "row" : xTitle] + series.map(\.name), total: places.count) { row in
            [NumberText.short(places[row])] + values.map { $0[places[row]].map { NumberText.short($0) } ?? "–" }
        }
    }
}
