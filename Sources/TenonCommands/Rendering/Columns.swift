/// Rows of text with their columns aligned.
struct Columns {
    enum Alignment { case left, right }

    /// One cell: what is shown, and what it takes on the screen without colours.
    struct Cell: ExpressibleByStringLiteral {
        var text: String
        var width: Int

        init(_ text: String) {
            self.text = text
            width = text.count
        }

        init(stringLiteral value: String) { self.init(value) }

        /// The same cell, drawn by `paint`, which adds nothing that takes room.
        func painted(_ paint: (String) -> String) -> Cell {
            var cell = self
            cell.text = paint(text)
            return cell
        }
    }

    var alignments: [Alignment]
    var indent = ""
    private(set) var rows: [[Cell]] = []

    init(_ alignments: Alignment..., indent: String = "") {
        self.alignments = alignments
        self.indent = indent
    }

    /// For as many columns as there are.
    init(alignments: [Alignment], indent: String = "") {
        self.alignments = alignments
        self.indent = indent
    }

    mutating func add(_ cells: Cell...) { rows.append(cells) }

    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// Every row with a newline; two spaces between columns, and none at the end of a line.
    var text: String {
        var widths = [Int](repeating: 0, count: alignments.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.width) }
        }
        var result = ""
        for row in rows {
            var line = indent
            var pending = 0
            for (column, cell) in row.enumerated() where widths[column] > 0 {
                let gap = widths[column] - cell.width
                if alignments[column] == .right { pending += gap }
                if cell.width > 0 {
                    line += String(repeating: " ", count: pending) + cell.text
                    pending = 0
                }
                if alignments[column] == .left { pending += gap }
                pending += 2
            }
            result += line + "\n"
        }
        return result
    }
}
