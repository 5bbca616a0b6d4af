/// The rectangle between two axes, and how they are drawn around it.
struct Plane {
    let width: Double
    let height: Double
    let x: Axis
    let y: Axis
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    private static let gap = 8.0
    private static let widestLabel = 130.0

    /// - Parameter rightMargin: room for labels at the ends of lines.
    init(width: Double, height: Double, x: Axis, y: Axis, rightMargin: Double = 0) {
        self.width = width
        self.height = height
        self.x = x
        self.y = y
        let widest = y.ticks.map { LabelText.width($0.label) }.max() ?? 0
        left = min(Plane.widestLabel, widest) + Plane.gap + 2
        let last = x.ticks.last.map { LabelText.width($0.label) / 2 } ?? 0
        right = width - max(rightMargin, min(last, 40) + 4)
        // The title of the vertical axis stands above it, where it is read without turning the head.
        top = y.title.isEmpty ? 10 : 26
        bottom = height - (x.title.isEmpty ? 24 : 42)
    }

    /// Coordinates of a point; `nil` for one that has no place.
    func point(_ valueX: Double, _ valueY: Double) -> (x: Double, y: Double)? {
        guard let x = x.position(valueX), let y = y.position(valueY) else { return nil }
        return (left + x * (right - left), bottom - y * (bottom - top))
    }

    /// Grid, axes and their labels.
    func draw(_ markup: inout Markup) {
        for tick in y.ticks {
            let height = bottom - tick.position * (bottom - top)
            markup.empty("line", ["class": "g", "x1": Markup.px(left), "y1": Markup.px(height), "x2": Markup.px(right), "y2": Markup.px(height)])
            let label = LabelText.fit(tick.label, width: Plane.widestLabel)
            markup.element("text", ["x": Markup.px(left - Plane.gap), "y": Markup.px(height + 4), "text-anchor": "end"], text: label)
        }
        markup.empty("line", ["class": "ax", "x1": Markup.px(left), "y1": Markup.px(bottom), "x2": Markup.px(right), "y2": Markup.px(bottom)])
        drawTicksBelow(&markup)
        if !y.title.isEmpty {
            let title = LabelText.fit(y.title + (y.isLogarithmic ? " (log)" : ""), width: right)
            markup.element("text", ["class": "t", "x": "2", "y": "12"], text: title)
        }
        if !x.title.isEmpty {
            let title = LabelText.fit(x.title + (x.isLogarithmic ? " (log)" : ""), width: right - left)
            markup.element(
                "text", ["class": "t", "x": Markup.px((left + right) / 2), "y": Markup.px(height - 5), "text-anchor": "middle"], text: title)
        }
    }

    /// As many labels as have room; the last one is among them where ticks are names, as there it is the latest.
    private func drawTicksBelow(_ markup: inout Markup) {
        let room = (right - left) / Double(max(1, x.ticks.count))
        // A few names are all shown, cut if need be; of many, as many as have room.
        let limit = x.isOfNames && x.ticks.count <= 8 ? max(48, min(110, room - 10)) : 110
        let labels = x.ticks.map { LabelText.fit($0.label, width: limit) }
        let widest = labels.map(LabelText.width).max() ?? 0
        let every = max(1, Int(((widest + 12) / max(room, 1)).rounded(.up)))
        for (index, tick) in x.ticks.enumerated() where (x.ticks.count - 1 - index) % every == 0 {
            let place = left + tick.position * (right - left)
            markup.empty(
                "line", ["class": "ax", "x1": Markup.px(place), "y1": Markup.px(bottom), "x2": Markup.px(place), "y2": Markup.px(bottom + 4)])
            markup.element("text", ["x": Markup.px(place), "y": Markup.px(bottom + 18), "text-anchor": "middle"], text: labels[index])
        }
    }
}
