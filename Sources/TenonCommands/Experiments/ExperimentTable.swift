import TenonAPI

/// Experiments side by side: what they were given, what came out, and of which data.
struct ExperimentTable {
    private let rows: [ExperimentSummary]
    private let parameters: [String]
    private let metrics: [String]
    private let data: [String]
    private let presentation: Presentation

    /// - Parameter isWhole: show what is the same in all of them too.
    init(_ rows: [ExperimentSummary], isWhole: Bool, _ presentation: Presentation) {
        self.rows = rows
        self.presentation = presentation
        func names(_ values: (ExperimentSummary) -> [String: String], isWhole: Bool) -> [String] {
            // Those without a result do not have all values yet.
            let all = rows.map { (isDone: $0.status == .done, values: values($0)) }
            return Set(all.flatMap(\.values.keys)).sorted().filter { name in
                isWhole || Set(all.compactMap { $0.values[name] ?? ($0.isDone ? "" : nil) }).count > 1
            }
        }
        parameters = names({ $0.parameters.mapValues(\.description) }, isWhole: isWhole)
        metrics = names({ $0.metrics.mapValues { "\($0)" } }, isWhole: true)
        data = names({ $0.inputs.merging($0.outputs) { _, made in made } }, isWhole: isWhole)
    }

    private func data(_ row: ExperimentSummary, _ path: String) -> String? { row.outputs[path] ?? row.inputs[path] }

    var text: String {
        var columns = Columns(alignments: [.left, .left] + (parameters + metrics).map { _ in .right } + data.map { _ in .left })
        columns.add((["experiment", ""] + parameters + metrics + data).map { Columns.Cell(displayName($0.utf8)).painted(presentation.style.bold) })
        for row in rows {
            let status = row.status == .done ? Columns.Cell("") : ExperimentText.status(row.status, presentation)
            var cells = [Columns.Cell(displayName(row.name.utf8)), status]
            cells += parameters.map { Columns.Cell(ExperimentText.cell(row.parameters[$0]?.description)) }
            cells += metrics.map { Columns.Cell(ExperimentText.cell(row.metrics[$0].map(ExperimentText.number))) }
            cells += data.map { Columns.Cell(data(row, $0).map { ExperimentText.cell(presentation.identifier($0)) } ?? "-") }
            columns.add(cells)
        }
        return columns.text
    }

    var commaSeparated: String {
        CommaSeparated.row(["experiment", "status", "commit"] + parameters + metrics + data)
            + rows.map { row in
                CommaSeparated.row(
                    [row.name, row.status.rawValue, row.commit ?? ""] + parameters.map { row.parameters[$0]?.description ?? "" }
                        + metrics.map { row.metrics[$0].map { PlainValue.number($0).description } ?? "" } + data.map { data(row, $0) ?? "" })
            }.joined()
    }
}
