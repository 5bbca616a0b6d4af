import TenonCore

/// A named step of a pipeline: commands, what they read, and what they make. All paths are relative to the top of the work tree.
struct Stage: Hashable, Sendable {
    /// Unique in the pipeline; of one made by `foreach` or `matrix`, `GROUP@VARIANT`.
    var name: String
    /// The stage in the file that it was made from by `foreach` or `matrix`.
    var group: String?
    /// Command lines for `sh`, at least one; the next is executed if the one before ended well.
    var commands: [String]
    /// Where they are executed; `nil`: at the top.
    var directory: RelativePath?
    var dependencies: [RelativePath] = []
    var parameters: [StageParameters] = []
    /// Everything that it makes, metrics and plots included.
    var outputs: [StageOutput] = []
    /// How its plots are drawn.
    var plots: [PlotDefinition] = []
    /// Whether its outputs are taken as they are, and it never runs unless it is forced to.
    var isFrozen = false
    /// Whether it runs even if nothing has changed.
    var isAlways = false
    /// For people.
    var summary: String?

    /// Files that metrics are read from.
    var metrics: [RelativePath] { outputs.filter { $0.role == .metric }.map(\.path) }
}

/// A path that a stage makes.
struct StageOutput: Hashable, Sendable {
    enum Role: Hashable, Sendable {
        case output, metric, plot
    }

    var path: RelativePath
    var role = Role.output
    /// Whether it is small, and kept in Git itself; else it is an artifact.
    var isKeptInGit = false
    /// Whether it is left in place when the stage runs again, which then adds to it; else the command starts without it.
    var isPersistent = false
}

/// Parameters that a stage depends on: keys of a file.
struct StageParameters: Hashable, Sendable {
    var file: RelativePath
    /// Dots between levels; a key stands for all below it. None: all that the file holds.
    var keys: [String]
}

/// How the values of one or more files are drawn as one plot.
struct PlotDefinition: Hashable, Sendable {
    /// Columns of a file; none: those that its template takes, or all but x.
    struct Series: Hashable, Sendable {
        var file: RelativePath
        var columns: [String]
    }

    /// The plot's name in the file: its path, most often.
    var name: String
    var series: [Series]
    /// The column of the horizontal axis; `nil`: the number of the row.
    var x: String?
    /// The file that `x` is read from, where it is not that of the series.
    var xFile: RelativePath?
    var title: String?
    var xLabel: String?
    var yLabel: String?
    /// `linear`, `simple`, `smooth`, `scatter`, `confusion`, `confusion_normalized`, `bar_horizontal`, …, as it stands in the file.
    var template: String?
    /// Whether a table's first row names its columns.
    var hasHeader = true
}
