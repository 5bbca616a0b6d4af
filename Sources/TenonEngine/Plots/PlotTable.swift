import TenonCore

/// Columns of values of one length: a CSV file, or a list in a JSON file.
struct PlotTable: Equatable, Sendable {
    struct Column: Equatable, Sendable {
        var name: String
        /// Nothing where a row has none.
        var values: [Value]
    }

    /// Where it stands in its file, dots between levels; empty for a file that is a table as a whole.
    var name: String
    var columns: [Column]

    /// More columns are not looked at.
    private static let maximumColumns = 200
    /// A table takes no more, the places that are filled up where columns or rows differ in length included.
    private static let maximumCells = 4_000_000

    var rowCount: Int { columns.first?.values.count ?? 0 }
    var cellCount: Int { rowCount * columns.count }

    subscript(column: String) -> Column? { columns.first { $0.name == column } }

    /// The column's values as numbers, not finite where they are none; `nil` if there is no number among them.
    func numbers(_ column: Column) -> [Double]? {
        guard column.values.contains(where: { $0.number != nil }) else { return nil }
        return column.values.map { $0.number?.value ?? .nan }
    }

    /// The tables in `value`: lists of mappings, a row each; and lists of numbers side by side, a column each. Throws `invalidArgument` for one that is too
    /// large when its columns are made equally long.
    static func tables(in value: Value) throws(TenonError) -> [PlotTable] {
        var result: [PlotTable] = []
        try append(value, name: "", to: &result)
        return result
    }

    private static func require(rows: Int, columns: Int) throws(TenonError) {
        guard rows * columns <= maximumCells else {
            throw ValueProblem.error("a table of \(columns) columns and \(rows) rows has more than \(maximumCells) values")
        }
    }

    private static func append(_ value: Value, name: String, to result: inout [PlotTable]) throws(TenonError) {
        switch value {
        case .list(let rows):
            if let table = try table(rows, name: name) {
                result.append(table)
            } else if rows.contains(where: { $0.number != nil }) {
                result.append(PlotTable(name: name, columns: [Column(name: "value", values: rows)]))
            }
        case .mapping(let members):
            var columns: [Column] = []
            for member in members.prefix(maximumColumns) {
                if case .list(let values) = member.value, values.contains(where: { $0.number != nil }) {
                    columns.append(Column(name: member.key, values: values))
                } else {
                    try append(member.value, name: name.isEmpty ? member.key : "\(name).\(member.key)", to: &result)
                }
            }
            guard !columns.isEmpty else { return }
            let count = columns.map(\.values.count).max() ?? 0
            try require(rows: count, columns: columns.count)
            for index in columns.indices { columns[index].values += Array(repeating: .null, count: count - columns[index].values.count) }
            result.append(PlotTable(name: name, columns: columns))
        default: break
        }
    }

    /// A row for each mapping; `nil` if one is something else.
    private static func table(_ rows: [Value], name: String) throws(TenonError) -> PlotTable? {
        var columns: [Column] = []
        var places: [String: Int] = [:]
        guard !rows.isEmpty else { return nil }
        for (index, row) in rows.enumerated() {
            guard let members = row.mapping else { return nil }
            for member in members {
                let place: Int
                if let known = places[member.key] {
                    place = known
                } else {
                    guard columns.count < maximumColumns else { continue }
                    place = columns.count
                    places[member.key] = place
                    columns.append(Column(name: member.key, values: Array(repeating: .null, count: index)))
                    try require(rows: rows.count, columns: columns.count)
                }
                columns[place].values.append(member.value)
            }
            for place in columns.indices where columns[place].values.count <= index { columns[place].values.append(.null) }
        }
        return PlotTable(name: name, columns: columns)
    }
}
