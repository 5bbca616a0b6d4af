import TenonAPI

/// All combinations of values that parameters are tried with.
struct ExperimentGrid {
    /// Of each parameter its values.
    private let axes: [[ParameterOverride]]
    /// How many trials that gives; `nil`: more than can be counted.
    let count: Int?

    /// More than this is asked back for.
    static let unasked = 1000
    /// More than this no queue takes.
    static let maximum = 100_000

    /// Throws `invalidArgument` for a parameter that is given twice.
    init(_ arguments: [OverrideArgument], _ paths: PathResolver) throws(TenonError) {
        var axes: [[ParameterOverride]] = []
        var count: Int? = 1
        for argument in arguments {
            let axis = try argument.resolved(paths)
            if let first = axis.first, axes.contains(where: { $0.first?.file == first.file && $0.first?.key == first.key }) {
                throw TenonError(
                    .invalidArgument, "the parameter '\(displayName(first.key.utf8))' is given twice", hint: "give its values in one: KEY=1,2")
            }
            axes.append(axis)
            let (product, overflow) = (count ?? 0).multipliedReportingOverflow(by: axis.count)
            count = count == nil || overflow ? nil : product
        }
        self.axes = axes
        self.count = count
    }

    /// Every value of every parameter once.
    var values: [ParameterOverride] { axes.flatMap(\.self) }

    /// The trials; the last parameter changes fastest. Throws `invalidArgument` where there are too many.
    func trials(isConfirmed: Bool) throws(TenonError) -> [[ParameterOverride]] {
        guard let count, count <= ExperimentGrid.maximum else {
            throw TenonError(
                .invalidArgument, "the grid is too large", cause: "it has \(words), and a queue takes \(Quantity.count(ExperimentGrid.maximum))",
                hint: "try fewer values")
        }
        guard isConfirmed || count <= ExperimentGrid.unasked else {
            throw TenonError(
                .invalidArgument, "the grid is not run", cause: "it has \(words)", hint: "--yes, if that is what you want; or fewer values")
        }
        return axes.reduce([[]]) { trials, axis in trials.flatMap { trial in axis.map { trial + [$0] } } }
    }

    private var words: String { count.map { Quantity.count($0, "trial") } ?? "more trials than can be counted" }
}
