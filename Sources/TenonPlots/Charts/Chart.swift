/// A drawing with a title, what explains it, and its data as a table for those who don't see it.
package protocol Chart: Sendable {
    var title: String { get }
    /// Behind the title, less prominent.
    var subtitle: String? { get }
    /// Below the drawing: what it leaves out or changes.
    var caption: String? { get }
    /// In the units of its own coordinates.
    var size: (width: Double, height: Double) { get }
    var table: ChartTable { get }
    /// Adds the elements inside of `svg`.
    func draw(_ markup: inout Markup)
    /// Adds the HTML between the title and the drawing.
    func drawLegend(_ markup: inout Markup)
}

extension Chart {
    package func drawLegend(_ markup: inout Markup) {}
}
