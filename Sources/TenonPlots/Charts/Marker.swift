/// A mark at a point: a shape and a colour for each series, so that they are told apart without colour as well.
enum Marker {
    /// A mark whose tooltip is `label`.
    static func draw(
        _ markup: inout Markup, at point: (x: Double, y: Double), series: Int, radius: Double = 4, className: String? = nil, label: String
    ) {
        let color = className ?? "f\(series % StyleSheet.seriesCount)"
        markup.element("path", ["class": "p \(color)", "d": outline(series, point, radius)]) { $0.element("title", text: label) }
    }

    /// Circle, square, triangle, diamond, and these again.
    static func outline(_ series: Int, _ point: (x: Double, y: Double), _ radius: Double) -> String {
        func at(_ x: Double, _ y: Double) -> String { "\(Markup.px(point.x + x)) \(Markup.px(point.y + y))" }
        switch series % 4 {
        case 1:
            let side = radius * 0.9
            return "M\(at(-side, -side))L\(at(side, -side))L\(at(side, side))L\(at(-side, side))Z"
        case 2: return "M\(at(0, -radius * 1.2))L\(at(radius * 1.1, radius * 0.8))L\(at(-radius * 1.1, radius * 0.8))Z"
        case 3: return "M\(at(0, -radius * 1.25))L\(at(radius * 1.25, 0))L\(at(0, radius * 1.25))L\(at(-radius * 1.25, 0))Z"
        default:
            let size = Markup.px(radius)
            return "M\(at(-radius, 0))a\(size) \(size) 0 1 0 \(Markup.px(2 * radius)) 0a\(size) \(size) 0 1 0 \(Markup.px(-2 * radius)) 0Z"
        }
    }
}
