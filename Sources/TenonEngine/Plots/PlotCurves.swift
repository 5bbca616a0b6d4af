import TenonCore
import TenonPlots

/// Charts of tables that several revisions have: lines over one another, points or matrices side by side.
struct PlotCurves {
    /// One revision's table.
    struct Source {
        var revision: String
        /// Which of the page's revisions it is.
        var place: Int
        var table: PlotTable
    }

    let definition: PlotDefinition
    /// The file, for people; and the table's name in it.
    let file: String
    let name: String
    let sources: [Source]
    /// Columns to draw; none: found out.
    let columns: [String]

    /// More columns of one table are not drawn unless they are named.
    private static let maximumColumns = 16
    /// More points are no picture.
    private static let maximumScatter = 3000

    struct Result {
        var curves: [any Chart] = []
        var matrices: [any Chart] = []
        var problems: [String] = []
    }

    func draw() -> Result {
        guard let first = sources.first else { return Result() }
        var problems: [String] = []
        let template: PlotTemplate
        if let named = definition.template {
            if let known = PlotTemplate(named) {
                template = known
            } else {
                problems.append("\(file): the template '\(named)' is not known; it is drawn as lines")
                template = .line
            }
        } else {
            template = PlotTemplate(columnsOf: first.table)
        }
        var result =
            switch template {
            case .line: lines()
            case .scatter: points()
            case .confusion(let isNormalized): matrices(isNormalized: isNormalized)
            }
        result.problems = problems + result.problems
        return result
    }

    private var subtitle: String { name.isEmpty ? file : "\(file), \(name)" }

    private func title(_ column: String) -> String { definition.title.map { columns.count > 1 ? "\($0): \(column)" : $0 } ?? column }

    // MARK: Lines and points

    private func horizontal(_ table: PlotTable) -> String? { definition.x ?? PlotTemplate.horizontalColumn(of: table) }

    /// The columns that are drawn, in the order in which they come first.
    private func drawn(_ problems: inout [String]) -> [String] {
        if !columns.isEmpty {
            for column in columns where !sources.contains(where: { $0.table[column].flatMap($0.table.numbers) != nil }) {
                problems.append("\(subtitle): no column '\(column)' of numbers")
            }
            return columns.filter { column in sources.contains { $0.table[column].flatMap($0.table.numbers) != nil } }
        }
        var found: [String] = []
        for source in sources {
            let x = horizontal(source.table)
            for column in source.table.columns where column.name != x && !found.contains(column.name) && source.table.numbers(column) != nil {
                found.append(column.name)
            }
        }
        if found.count > PlotCurves.maximumColumns {
            problems.append("\(subtitle): \(found.count) columns, of which the first \(PlotCurves.maximumColumns) are drawn; -y NAME names others")
        }
        return Array(found.prefix(PlotCurves.maximumColumns))
    }

    private func lines() -> Result {
        var result = Result()
        for column in drawn(&result.problems) {
            var xTitle = definition.xLabel ?? ""
            let series = sources.compactMap { source -> LineChart.Series? in
                guard let values = source.table[column].flatMap(source.table.numbers) else { return nil }
                let x = horizontal(source.table)
                let places = x.flatMap { source.table[$0] }.flatMap(source.table.numbers)
                if let x, places != nil, xTitle.isEmpty { xTitle = x }
                return LineChart.Series(
                    name: source.revision, points: values.indices.map { .init(x: places?[$0] ?? Double($0), y: values[$0]) }, place: source.place)
            }
            guard !series.isEmpty else { continue }
            result.curves.append(
                LineChart(
                    title: title(column), subtitle: subtitle, xTitle: xTitle.isEmpty ? "row" : xTitle, yTitle: definition.yLabel ?? column,
                    series: series))
        }
        if let x = definition.x, !sources.contains(where: { $0.table[x].flatMap($0.table.numbers) != nil }) {
            let place = definition.xFile.map { " (of '\($0)', and axes of other files are not drawn)" } ?? ""
            result.problems.append("\(subtitle): no column '\(x)' of numbers for the horizontal axis\(place); rows are numbered")
        }
        if result.curves.isEmpty, result.problems.isEmpty { result.problems.append("\(subtitle): there is no column of numbers") }
        return result
    }

    private func points() -> Result {
        var result = Result()
        for column in drawn(&result.problems) {
            for source in sources {
                guard let values = source.table[column] else { continue }
                let x = horizontal(source.table) ?? "row"
                let places = source.table[x]?.values
                let count = min(values.values.count, PlotCurves.maximumScatter)
                let trials = (0..<count).map { row -> Trial in
                    Trial(
                        name: "row \(row + 1)",
                        values: [x: places.map { PlotCurves.value($0[row]) } ?? .number(Double(row)), column: PlotCurves.value(values.values[row])]
                            .compactMapValues(\.self))
                }
                let isCut = count < values.values.count
                result.curves.append(
                    ScatterChart(
                        title: title(column), subtitle: "\(subtitle), \(source.revision)", x: x, y: column, trials: trials,
                        caption: isCut ? "The first \(count) of \(values.values.count) rows." : nil))
            }
        }
        return result
    }

    private static func value(_ value: Value) -> Trial.Value? {
        switch value {
        case .number(let number): .number(number.value)
        case .null, .list, .mapping: nil
        default: .text(FlatValue.text(value))
        }
    }

    // MARK: Matrices

    private func matrices(isNormalized: Bool) -> Result {
        var result = Result()
        for source in sources {
            let usual = PlotTemplate.classColumns(of: source.table)
            let actual = definition.x ?? usual?.actual ?? "actual"
            let predicted = columns.first ?? usual?.predicted ?? "predicted"
            guard let rows = source.table[actual], let columns = source.table[predicted] else {
                result.problems.append("\(subtitle) at \(source.revision): a matrix needs the columns '\(actual)' and '\(predicted)'")
                continue
            }
            let pairs = zip(rows.values, columns.values).compactMap { row, column -> (actual: String, predicted: String)? in
                let pair = (FlatValue.text(row), FlatValue.text(column))
                return pair.0.isEmpty || pair.1.isEmpty ? nil : pair
            }
            guard !pairs.isEmpty else {
                result.problems.append("\(subtitle) at \(source.revision): there are no classes in it")
                continue
            }
            result.matrices.append(
                ConfusionChart(
                    title: definition.title ?? subtitle, subtitle: source.revision, pairs: pairs, isNormalized: isNormalized))
        }
        return result
    }
}
