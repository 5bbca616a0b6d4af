/// How a table is drawn. The names are those of DVC's templates (https://doc.dvc.org/user-guide/experiment-management/visualizing-plots).
enum PlotTemplate: Equatable {
    case line
    case scatter
    case confusion(isNormalized: Bool)

    /// `nil`: not known here.
    init?(_ name: String) {
        switch name.split(separator: ".").first.map(String.init) ?? name {
        case "linear", "simple", "smooth", "line": self = .line
        case "scatter", "scatter_jitter": self = .scatter
        case "confusion": self = .confusion(isNormalized: false)
        case "confusion_normalized": self = .confusion(isNormalized: true)
        default: return nil
        }
    }

    /// What a table's columns ask for.
    init(columnsOf table: PlotTable) {
        self = PlotTemplate.classColumns(of: table) == nil ? .line : .confusion(isNormalized: false)
    }

    /// The columns of actual and predicted classes, by the names that are usual for them.
    static func classColumns(of table: PlotTable) -> (actual: String, predicted: String)? {
        for (actual, predicted) in [("actual", "predicted"), ("actual_class", "predicted_class"), ("y_true", "y_pred")]
        where table[actual] != nil && table[predicted] != nil { return (actual, predicted) }
        return nil
    }

    /// The column that other columns are drawn over, if one is named as such columns are.
    static func horizontalColumn(of table: PlotTable) -> String? {
        for name in ["step", "global_step", "epoch", "iteration", "iter", "batch", "round", "fpr", "threshold", "x"] {
            if let column = table.columns.first(where: { $0.name.lowercased() == name }), table.numbers(column) != nil { return column.name }
        }
        return nil
    }
}
