/// A page of charts: one HTML document that needs nothing else, not even scripts.
package struct PlotPage: Sendable {
    /// What belongs together on it.
    package struct Section: Sendable {
        package var title: String
        /// A sentence below the title.
        package var note: String?
        package var charts: [any Chart]
        /// Whether many small charts stand side by side.
        package var isDense: Bool

        package init(title: String, note: String? = nil, charts: [any Chart], isDense: Bool = false) {
            self.title = title
            self.note = note
            self.charts = charts
            self.isDense = isDense
        }
    }

    package var title: String
    /// Below the title: what is shown.
    package var subtitle: String
    package var sections: [Section]
    /// What could not be drawn, and why.
    package var problems: [String]

    package init(title: String, subtitle: String, sections: [Section], problems: [String] = []) {
        self.title = title
        self.subtitle = subtitle
        self.sections = sections
        self.problems = problems
    }

    /// The document, in UTF-8: as well-formed XML, so that any parser takes it.
    package var html: String {
        var page = Markup()
        page.addTrusted("<!DOCTYPE html>\n")
        page.element("html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"]) { page in
            page.newLine()
            page.element("head") { head(&$0) }
            page.newLine()
            page.element("body") { body(&$0) }
        }
        page.newLine()
        return page.text
    }

    private func head(_ page: inout Markup) {
        page.empty("meta", ["charset": "utf-8"])
        page.empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        page.empty("meta", ["name": "color-scheme", "content": "light dark"])
        // Nothing is loaded and nothing is executed, whatever names and values say.
        page.empty(
            "meta",
            [
                "http-equiv": "Content-Security-Policy",
                "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
            ])
        // Else a browser asks the server of the page for one.
        page.empty("link", ["rel": "icon", "href": "data:,"])
        page.element("title", text: title)
        page.element("style") { $0.addTrusted(StyleSheet.text) }
    }

    private func body(_ page: inout Markup) {
        page.newLine()
        page.element("header") { page in
            page.element("h1", text: title)
            page.element("p", text: subtitle)
            if sections.count > 1 {
                page.element("nav", ["aria-label": "Sections"]) { page in
                    for (number, section) in sections.enumerated() { page.element("a", ["href": "#s\(number)"], text: section.title) }
                }
            }
        }
        page.newLine()
        page.element("main") { page in
            if !problems.isEmpty {
                page.element("section", ["class": "problems"]) { page in
                    page.element("h2", text: "What is not drawn")
                    page.element("ul") { page in
                        for problem in problems { page.element("li", text: problem) }
                    }
                }
            }
            var count = 0
            for (number, section) in sections.enumerated() {
                page.element("section", ["id": "s\(number)"]) { page in
                    page.element("h2", text: section.title)
                    if let note = section.note { page.element("p", ["class": "note"], text: note) }
                    page.element("div", ["class": section.isDense ? "grid dense" : section.charts.count == 1 ? "grid one" : "grid"]) { page in
                        for chart in section.charts {
                            draw(chart, number: count, &page)
                            count += 1
                        }
                    }
                }
                page.newLine()
            }
        }
    }

    private func draw(_ chart: any Chart, number: Int, _ page: inout Markup) {
        page.newLine()
        page.element("figure", ["aria-labelledby": "c\(number)"]) { page in
            page.element("h3", ["id": "c\(number)"]) { heading in
                heading.add(chart.title)
                if let subtitle = chart.subtitle { heading.element("small", text: subtitle) }
            }
            chart.drawLegend(&page)
            page.element(
                "svg",
                [
                    "xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": "c\(number)",
                    "viewBox": "0 0 \(Markup.px(chart.size.width)) \(Markup.px(chart.size.height))",
                ]
            ) { chart.draw(&$0) }
            page.element("figcaption") { page in
                if let caption = chart.caption { page.element("p", text: caption) }
                chart.table.draw(&page)
            }
        }
    }
}
