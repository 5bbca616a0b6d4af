import TenonAPI

/// The values of revisions: a line for each value where there is one revision; a table of whichever is fewer across otherwise.
struct ValueTable {
    /// A value's place.
    struct Place: Hashable {
        var file: WirePath
        var key: String
    }

    private let revisions: [RevisionValues]
    private let presentation: Presentation
    /// In the order in which they come first.
    private let places: [Place]
    private let cells: [[Place: PlainValue]]

    init(_ revisions: [RevisionValues], presentation: Presentation) {
        self.revisions = revisions
        self.presentation = presentation
        var places: [Place] = []
        var seen: Set<Place> = []
        cells = revisions.map { revision in
            var cells: [Place: PlainValue] = [:]
            for value in revision.values {
                let place = Place(file: value.file, key: value.key)
                cells[place] = value.value
                if seen.insert(place).inserted { places.append(place) }
            }
            return cells
        }
        self.places = places
    }

    /// - Parameter isNamed: whether files were named.
    static func nothing(_ kind: ValueKind, isNamed: Bool) -> String {
        if isNamed { return "There are no \(kind == .metrics ? "numbers" : "values") like that in these files\n" }
        return """
            There are no \(kind.rawValue): no stage declares a file of them, and no run recorded any
            Name files: tenon \(kind == .metrics ? "metrics" : "params") show FILE

            """
    }

    var text: String {
        guard !places.isEmpty else { return "" }
        if revisions.count == 1 { return list }
        return revisions.count > places.count ? byRevision : byValue
    }

    /// `file  key  value`.
    private var list: String {
        var columns = Columns(.left, .left, .left)
        for place in places {
            columns.add(file(place), Columns.Cell(ValueTable.shown(place.key)), Columns.Cell(ValueTable.shown(cells[0][place])))
        }
        return columns.text
    }

    /// A row for each revision.
    private var byRevision: String {
        let isOneFile = Set(places.map(\.file)).count == 1
        var columns = ValueTable.columns(right: places.count)
        var headings: [Columns.Cell] = [Columns.Cell(""), Columns.Cell("")]
        for place in places { headings.append(heading(ValueTable.shown(place.key, in: isOneFile ? nil : file(place).text))) }
        columns.add(headings)
        for (revision, values) in zip(revisions, cells) {
            let time = revision.time.map { String(Timestamp.local($0).prefix(10)) } ?? ""
            var row: [Columns.Cell] = [Columns.Cell(displayName(revision.name.utf8)), Columns.Cell(time).painted(presentation.style.dim)]
            for place in places { row.append(Columns.Cell(ValueTable.shown(values[place]))) }
            columns.add(row)
        }
        return columns.text
    }

    /// A row for each value.
    private var byValue: String {
        var columns = ValueTable.columns(right: revisions.count)
        var headings: [Columns.Cell] = [heading("file"), heading("key")]
        for revision in revisions { headings.append(heading(displayName(revision.name.utf8))) }
        columns.add(headings)
        for place in places {
            var row: [Columns.Cell] = [file(place), Columns.Cell(ValueTable.shown(place.key))]
            for values in cells { row.append(Columns.Cell(ValueTable.shown(values[place]))) }
            columns.add(row)
        }
        return columns.text
    }

    /// A row for each revision, a column for each value.
    var commaSeparated: String {
        var fields: [String] = ["revision", "commit"]
        for place in places { fields.append(place.file.bytes.isEmpty ? place.key : "\(place.file):\(place.key)") }
        var text = CommaSeparated.row(fields)
        for (revision, values) in zip(revisions, cells) {
            var row: [String] = [revision.name, revision.commit ?? ""]
            for place in places { row.append(values[place]?.description ?? "") }
            text += CommaSeparated.row(row)
        }
        return text
    }

    private func file(_ place: Place) -> Columns.Cell {
        Columns.Cell(place.file.bytes.isEmpty ? "(run)" : presentation.name(place.file))
    }

    /// Two columns of names, then so many of values.
    private static func columns(right count: Int) -> Columns {
        Columns(alignments: [.left, .left] + [Columns.Alignment](repeating: .right, count: count))
    }

    private func heading(_ text: String) -> Columns.Cell { Columns.Cell(text).painted(presentation.style.bold) }

    private static func shown(_ key: String, in file: String? = nil) -> String { (file.map { $0 + ":" } ?? "") + displayName(key.utf8) }

    /// A value in a cell; long texts are cut.
    static func shown(_ value: PlainValue?) -> String {
        guard let value else { return "-" }
        let text = displayName(value.description.utf8.prefix(1000))
        return text.count > 60 ? text.prefix(59) + "…" : text
    }
}
