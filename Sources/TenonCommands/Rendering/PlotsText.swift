import TenonAPI

/// What `tenon plots --json` prints: all but the page, which is in its file.
struct PlotsReport: Encodable {
    /// As it was named.
    var file: WirePath
    var charts: [DrawnChart]
    var problems: [String]

    init(_ reply: PlotsRequest.Reply, file: PathArgument) {
        self.file = WirePath(bytes: file.bytes)
        charts = reply.charts
        problems = reply.problems
    }
}

enum PlotsText {
    static func render(_ report: PlotsReport, _ presentation: Presentation) -> String {
        var text = "wrote \(report.file): \(Quantity.count(report.charts.count, "chart"))\n"
        var sections: [String] = []
        for chart in report.charts where !sections.contains(chart.section) { sections.append(chart.section) }
        for section in sections {
            let titles = report.charts.filter { $0.section == section }.map { displayName($0.title.utf8) }
            let shown = titles.prefix(6).joined(separator: ", ") + (titles.count > 6 ? ", …" : "")
            text += "  \(section.lowercased()): \(shown)\n"
        }
        return text
    }
}
