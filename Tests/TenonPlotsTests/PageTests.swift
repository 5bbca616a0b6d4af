import Foundation
import FoundationXML
import Testing

@testable import TenonPlots

@Suite struct PageTests {
    static let hostile = [
        "<script>alert(1)</script>", "\"onload=\"alert(1)", "'&amp;]]>", "a\u{0}\u{202E}b", "", String(repeating: "w", count: 3000),
    ]

    /// Names of elements, attributes and texts, as an XML parser sees them.
    final class Reader: NSObject, XMLParserDelegate {
        var elements: [String: Int] = [:]
        var attributes: [(name: String, value: String)] = []
        var text = ""
        var isWhole = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String] = [:]
        ) {
            elements[name, default: 0] += 1
            self.attributes += attributes.map { ($0.key, $0.value) }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
        func parserDidEndDocument(_ parser: XMLParser) { isWhole = true }
    }

    static func read(_ html: String) -> Reader {
        let parser = XMLParser(data: Data(html.utf8))
        let reader = Reader()
        parser.delegate = reader
        let isRead = parser.parse()
        #expect(isRead, "\(String(describing: parser.parserError)) at line \(parser.lineNumber)")
        return reader
    }

    /// A page with every kind of chart, whose names are `names`.
    static func page(_ names: [String]) -> PlotPage {
        let line = LineChart(
            title: names[0], subtitle: names[1], xTitle: names[2], yTitle: names[3],
            series: names.enumerated().map { place, name in
                .init(
                    name: name, points: (0..<2000).map { .init(x: Double($0), y: $0 == 700 ? .nan : Double($0 % 17 + place), label: name) },
                    place: place)
            })
        let named = LineChart(
            title: names[0], xTitle: "", yTitle: "",
            series: [.init(name: names[0], points: names.indices.map { .init(x: Double($0), y: 1) }, place: 0)],
            xNames: names)
        let trials = names.enumerated().map { place, name in
            Trial(name: name, values: ["lr": .number(pow(10, -Double(place))), names[0]: .text(name), "acc": .number(Double(place) / 7)])
        }
        let scatter = ScatterChart(title: names[0], x: names[0], y: "acc", color: "acc", trials: trials)
        let parallel = ParallelChart(title: names[0], dimensions: ["lr", names[0], "acc"], color: "acc", trials: trials, highlight: 2)
        let confusion = ConfusionChart(title: names[0], subtitle: names[1], pairs: names.flatMap { a in names.map { (a, $0) } })
        return PlotPage(
            title: names[0], subtitle: names[1],
            sections: [
                .init(title: names[0], note: names[1], charts: [line, named]), .init(title: "b", charts: [scatter, parallel], isDense: true),
                .init(title: "c", charts: [confusion]),
            ], problems: names)
    }

    @Test func `pages are well formed whatever names say`() {
        let reader = PageTests.read(PageTests.page(PageTests.hostile).html)
        #expect(reader.isWhole)
        #expect(reader.elements["script"] == nil)
        #expect(reader.elements["figure"] == 5)
        #expect(reader.text.contains("<script>alert(1)</script>"))
        #expect(!reader.attributes.contains { $0.name.hasPrefix("on") })
        for address in reader.attributes where ["href", "src", "xlink:href"].contains(address.name) {
            #expect(address.value.hasPrefix("#s") || address.value == "data:,")
        }
    }

    @Test func `a page is a function of its content alone`() {
        let names = ["a", "b", "c", "d", "e", "f"]
        #expect(PageTests.page(names).html == PageTests.page(names).html)
    }

    @Test func `each chart has a title and a table`() {
        let reader = PageTests.read(PageTests.page(["a", "b", "c", "d", "e", "f"]).html)
        #expect(reader.elements["table"] == 5)
        #expect(reader.attributes.count { $0.name == "role" && $0.value == "img" } == 5)
        let ids = Set(reader.attributes.filter { $0.name == "id" }.map(\.value))
        #expect(ids.count == reader.attributes.count { $0.name == "id" })
        #expect(reader.attributes.filter { $0.name == "aria-labelledby" }.allSatisfy { ids.contains($0.value) })
    }

    @Test func `thinned lines and gaps are told`() {
        let chart = LineChart(
            title: "t", xTitle: "step", yTitle: "",
            series: [.init(name: "a", points: (0..<5000).map { .init(x: Double($0), y: $0 == 9 ? .nan : Double($0)) }, place: 0)])
        #expect(chart.caption?.contains("from up to 5000 points to 1000 by largest-triangle-three-buckets") == true)
        #expect(chart.caption?.contains("One value is no finite number: a gap.") == true)
        var markup = Markup()
        chart.draw(&markup)
        // One line before the gap, one behind it.
        #expect(markup.text.split(separator: "class=\"s thin k0\" d=\"").last?.prefix { $0 != "\"" }.count { $0 == "M" } == 2)
        #expect(chart.table.rows.count == 200 && chart.table.total == 5000)
    }

    @Test func `empty charts are drawn`() {
        for chart: any Chart in [
            LineChart(title: "t", xTitle: "", yTitle: "", series: []), ScatterChart(title: "t", x: "a", y: "b", trials: []),
            ParallelChart(title: "t", dimensions: [], trials: []), ConfusionChart(title: "t", pairs: []),
            LineChart(title: "t", xTitle: "", yTitle: "", series: [.init(name: "a", points: [.init(x: .nan, y: .infinity)], place: 99)]),
        ] {
            _ = PageTests.read(PlotPage(title: "t", subtitle: "", sections: [.init(title: "s", charts: [chart])]).html)
        }
    }

    @Test func `rare classes are put together`() {
        let pairs = (0..<100).flatMap { name in Array(repeating: ("\(name)", "\(name)"), count: 200 - name) }
        let chart = ConfusionChart(title: "t", pairs: pairs)
        #expect(chart.classes.count == ConfusionChart.maximumClasses)
        #expect(chart.classes.prefix(3) == ["0", "1", "2"] && chart.classes.last == "(others)")
        #expect(chart.counts.reduce(0) { $0 + $1.reduce(0, +) } == pairs.count)
        #expect(chart.caption?.contains("61 rarest") == true)
    }

    @Test func `classes that are numbers stand in their order`() {
        #expect(ConfusionChart(title: "t", pairs: [("10", "9"), ("9", "2")]).classes == ["2", "9", "10"])
    }
}
