/// Which step of the scale of colours a trial has, by one of its numbers.
struct ColorScale {
    let name: String
    private let axis: Axis
    let least: Double
    let greatest: Double

    /// `nil`: no trial has the number, or all have the same.
    init?(_ name: String?, _ trials: [Trial]) {
        guard let name else { return nil }
        let numbers = trials.compactMap { $0.number(name) }.filter(\.isFinite)
        guard let least = numbers.min(), let greatest = numbers.max(), least < greatest else { return nil }
        self.name = name
        self.least = least
        self.greatest = greatest
        axis = Axis(name, numbers: [least, greatest], isTight: true)
    }

    /// From 0 to the number of steps, exclusive.
    func step(_ trial: Trial) -> Int? {
        trial.number(name).flatMap(axis.position).map { min(StyleSheet.scaleCount - 1, Int($0 * Double(StyleSheet.scaleCount))) }
    }

    func drawLegend(_ markup: inout Markup) {
        markup.element("ul", ["class": "legend"]) { markup in
            markup.element("li") { markup in
                markup.element("span", text: "\(name) \(NumberText.short(least, digits: 4))")
                markup.element(
                    "svg",
                    ["xmlns": "http://www.w3.org/2000/svg", "class": "ramp", "viewBox": "0 0 132 10", "aria-hidden": "true"]
                ) { markup in
                    let width = 132 / Double(StyleSheet.scaleCount)
                    for step in 0..<StyleSheet.scaleCount {
                        markup.empty(
                            "rect",
                            ["class": "w\(step)", "x": Markup.px(Double(step) * width), "y": "0", "width": Markup.px(width + 0.1), "height": "10"])
                    }
                }
                markup.element("span", text: NumberText.short(greatest, digits: 4))
            }
        }
    }
}
