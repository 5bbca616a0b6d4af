import TenonCore

/// Reads how plots are drawn.
struct PlotParser {
    let paths: StagePathReader

    /// What may be said of a plot.
    static let keys: Set<String> = ["template", "x", "y", "x_label", "y_label", "title", "header"]

    /// Plots that a stage makes: each is a file.
    func ofStage(_ list: SettingsNode) throws(TenonError) -> [PlotDefinition] {
        var result: [PlotDefinition] = []
        for (path, node) in try paths.entries(list) {
            let file = try paths.path(path, node)
            var plot = PlotDefinition(name: path, series: [])
            var columns: [String] = []
            for (key, value) in try node.entries() {
                if key == "y" { columns = try self.columns(value) } else { try read(key, value, into: &plot, isStrict: false) }
            }
            plot.series = [PlotDefinition.Series(file: file, columns: columns)]
            result.append(plot)
        }
        return result
    }

    /// Plots that are declared beside the stages: each has a name, which is its file where nothing else is said.
    func topLevel(_ node: SettingsNode) throws(TenonError) -> [PlotDefinition] {
        var result: [PlotDefinition] = []
        // A mapping in place of the list is an older form of the same.
        let entries = node.node.mapping != nil ? try node.entries().map { ($0.name, $0.value) } : try paths.entries(node).map { ($0.path, $0.node) }
        for (name, node) in entries {
            var plot = PlotDefinition(name: name, series: [])
            var columns: [String] = []
            for (key, value) in try node.entries(expected: "a mapping such as { x: …, y: … }") {
                if key == "y", value.node.mapping != nil {
                    for (file, columns) in try value.entries() {
                        plot.series.append(PlotDefinition.Series(file: try paths.path(file, columns), columns: try self.columns(columns)))
                    }
                } else if key == "y" {
                    columns = try self.columns(value)
                } else if key == "x", value.node.mapping != nil {
                    guard let (file, column) = try value.entries().first.map({ ($0.name, $0.value) }) else { continue }
                    plot.xFile = try paths.path(file, column)
                    plot.x = try column.text(expected: "a column")
                } else {
                    try read(key, value, into: &plot, isStrict: true)
                }
            }
            if plot.series.isEmpty { plot.series = [PlotDefinition.Series(file: try paths.path(name, node), columns: columns)] }
            result.append(plot)
        }
        return result
    }

    private func columns(_ node: SettingsNode) throws(TenonError) -> [String] {
        if node.node.sequence == nil { return node.isEmpty ? [] : [try node.text(expected: "a column, or a list of columns")] }
        var result: [String] = []
        for column in try node.texts() { result.append(column.text) }
        return result
    }

    private func read(_ key: String, _ value: SettingsNode, into plot: inout PlotDefinition, isStrict: Bool) throws(TenonError) {
        switch key {
        case "template": plot.template = try value.text()
        case "x": plot.x = try value.text(expected: "a column")
        case "x_label": plot.xLabel = try value.text()
        case "y_label": plot.yLabel = try value.text()
        case "title": plot.title = try value.text()
        case "header": plot.hasHeader = try value.flag()
        default: if isStrict { throw value.refusal("'\(value.key)' can't be used", "Tenon has no such feature of plots") }
        }
    }
}
