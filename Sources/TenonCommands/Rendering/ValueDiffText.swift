import TenonAPI

/// Values on two sides.
enum ValueDiffText {
    static func render(_ reply: ValuesDiffRequest.Reply, _ presentation: Presentation) -> String {
        guard !reply.changes.isEmpty else { return "" }
        func heading(_ text: String) -> Columns.Cell { Columns.Cell(displayName(text.utf8)).painted(presentation.style.bold) }
        var columns = Columns(alignments: [.left, .left, .right, .right, .right])
        columns.add([heading("file"), heading("key"), heading(reply.from.name), heading(reply.to.name), heading("difference")])
        for change in reply.changes {
            columns.add([
                Columns.Cell(change.file.bytes.isEmpty ? "(run)" : presentation.name(change.file)), Columns.Cell(displayName(change.key.utf8)),
                Columns.Cell(ValueTable.shown(change.old)), Columns.Cell(ValueTable.shown(change.new)), difference(change, presentation.style),
            ])
        }
        return columns.text
    }

    static func commaSeparated(_ reply: ValuesDiffRequest.Reply) -> String {
        var text = CommaSeparated.row(["file", "key", "old", "new", "difference", "change"])
        for change in reply.changes {
            let difference = change.difference.map { PlainValue.number($0).description }
            text += CommaSeparated.row([
                change.file.description, change.key, change.old?.description ?? "", change.new?.description ?? "", difference ?? "",
                change.change?.rawValue ?? "",
            ])
        }
        return text
    }

    private static func difference(_ change: ValueChange, _ style: Style) -> Columns.Cell {
        switch change.change {
        case nil: Columns.Cell("").painted(style.dim)
        case .added: Columns.Cell("new").painted(style.green)
        case .removed: Columns.Cell("gone").painted(style.red)
        case .changed:
            Columns.Cell(change.difference.map { $0 == 0 ? "" : signed($0) } ?? "changed").painted(style.yellow)
        }
    }

    /// With as many digits as differences of decimal fractions deserve: 0.95 − 0.93 is not 0.019999999999999907.
    private static func signed(_ value: Double) -> String {
        let scale = decimalScale(value.magnitude)
        let rounded = (value.magnitude * scale).rounded() / scale
        let shown = PlainValue.number(scale.isFinite && scale > 0 && rounded.isFinite && rounded > 0 ? rounded : value.magnitude).description
        return (value < 0 ? "-" : "+") + shown
    }

    /// The power of ten that leaves ten significant digits before the point.
    private static func decimalScale(_ magnitude: Double) -> Double {
        var scale = 1.0
        while magnitude * scale < 1e9, scale < 1e300 { scale *= 10 }
        return scale
    }
}
