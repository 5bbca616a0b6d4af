import TenonCore

/// The bytes of a small file as values, whatever it is written in.
enum ValueFile {
    /// What the file says as a whole. A table is a list of mappings, a row each.
    ///
    /// - Parameter hasHeader: whether a table's first row names its columns.
    ///
    /// Throws `invalidArgument` that names the file and what is wrong with it.
    static func parse(_ bytes: [UInt8], path: RelativePath, hasHeader: Bool = true, limits: ValueLimits) throws(TenonError) -> Value {
        let format = ValueFormat(path)
        do throws(TenonError) {
            let length = min(limits.length, format.maximumLength)
            guard bytes.count <= length else { throw ValueProblem.error("it has more than \(length) bytes") }
            switch format {
            case .json: return try ValueJSON.parse(bytes, limits: limits)
            case .yaml: return try ValueYAML.parse(bytes, limits: limits)
            case .toml: return try ValueTOML.parse(bytes, limits: limits)
            case .commaSeparated, .tabSeparated:
                let table = try DelimitedTable(bytes, separator: format.separator ?? UInt8(ascii: ","), hasHeader: hasHeader, limits: limits)
                let columns = table.columns.indices.map(table.values)
                return .list(
                    table.rows.indices.map { row in .mapping(table.columns.indices.map { Value.Member(table.columns[$0], columns[$0][row]) }) })
            }
        } catch {
            let reason = error.cause ?? error.message
            throw TenonError(.invalidArgument, "'\(path)' can't be read for its values", cause: "as \(format.name): \(reason)")
        }
    }

    /// The file's values by key, dots between levels, in the file's order; a list is one value.
    ///
    /// A table of two columns named `key`, `name`, `metric` or `parameter` and `value` has a value in each row. Of any other table the last row counts: logs of a training are
    /// written from the first step to the last.
    static func flat(_ bytes: [UInt8], path: RelativePath, limits: ValueLimits = .values) throws(TenonError) -> [FlatValue] {
        let value = try parse(bytes, path: path, limits: limits)
        guard ValueFormat(path).separator != nil else { return try FlatValue.flatten(value, path: path) }
        let rows = value.list?.compactMap(\.mapping) ?? []
        guard let first = rows.first else { return [] }
        guard first.count == 2, ["key", "name", "metric", "parameter"].contains(first[0].key.lowercased()), first[1].key.lowercased() == "value"
        else { return try FlatValue.flatten(.mapping(rows.last ?? []), path: path) }
        return try FlatValue.flatten(.mapping(rows.map { Value.Member(FlatValue.text($0[0].value), $0[1].value) }), path: path)
    }
}
