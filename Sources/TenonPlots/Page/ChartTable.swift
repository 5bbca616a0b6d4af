/// The data of a chart as rows, for screen readers and for exact values.
package struct ChartTable: Sendable, Equatable {
    package var columns: [String]
    package var rows: [[String]]
    /// How many rows there were.
    package var total: Int

    /// More are not written.
    package static let maximumRows = 200

    /// - Parameter row: makes the row with this number; asked for as many as are written.
    package init(columns: [String], total: Int, row: (Int) -> [String]) {
        self.columns = columns
        self.total = total
        rows = (0..<min(total, ChartTable.maximumRows)).map(row)
    }

    func draw(_ markup: inout Markup) {
        guard !rows.isEmpty else { return }
        markup.element("details") { markup in
            markup.element("summary", text: total > rows.count ? "Data (the first \(rows.count) of \(total) rows)" : "Data")
            // A region that scrolls must be reached by keyboard.
            markup.element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Data"]) { markup in
                markup.element("table") { markup in
                    markup.element("thead") { markup in
                        markup.element("tr") { markup in
                            for column in columns { markup.element("th", ["scope": "col"], text: column) }
                        }
                    }
                    markup.element("tbody") { markup in
                        for row in rows {
                            markup.element("tr") { markup in
                                for (index, cell) in row.enumerated() {
                                    if index == 0 { markup.element("th", ["scope": "row"], text: cell) } else { markup.element("td", text: cell) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
