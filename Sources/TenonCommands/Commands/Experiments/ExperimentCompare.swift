import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare parameters, metrics and data of experiments.",
        discussion: "Shows those parameters and data that are not the same in all of them, and all metrics.")

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Sort by a metric or parameter, the smallest first.", valueName: "key"))
    var sort: String?

    @Flag(name: .shortAndLong, help: "The other way round: the largest first.")
    var reverse = false

    @Option(
        help: ArgumentHelp(
            "Only those for which this holds: 'accuracy >= 0.9', 'model=small', 'status!=done'; may be repeated.", valueName: "condition"))
    var filter: [ExperimentCondition] = []

    @Flag(help: "Show parameters and data that are the same in all, too.")
    var all = false

    @Flag(help: "Print comma-separated values (RFC 4180).")
    var csv = false

    @Argument(help: ArgumentHelp("Experiments, or groups of them; all that have a result or run if none is named.", valueName: "name"))
    var names: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var experiments: [ExperimentSummary]
    }

    func validate() throws {
        if let reason = filter.compactMap(\.reasonToRefuse).first { throw ValidationError("--filter can't be judged: \(reason)") }
        if csv, common.json { throw ValidationError("--csv and --json exclude each other") }
    }

    func run() throws {
        let console = Console(common.settings)
        let environment = try ClientEnvironment.ofProcess()
        let everything = try ExperimentSummary.all(ExperimentShelf(environment: environment), ExperimentCatalog(environment: environment))
        var rows = try ExperimentSelection(everything).select(names)
        rows = rows.filter { row in filter.allSatisfy { $0.holds(for: row) } }
        if let sort {
            if !rows.isEmpty, !rows.contains(where: { $0.value(of: sort) != nil }) {
                throw TenonError(
                    .notFound, "nothing can be sorted by '\(displayName(sort.utf8))'", cause: "no experiment has such a metric or parameter",
                    hint: "tenon exp show NAME lists what one has")
            }
            rows = ExperimentCompare.sorted(rows, by: sort, isReversed: reverse)
        } else if reverse {
            rows.reverse()
        }
        let table = ExperimentTable(rows, isWhole: all, Presentation(style: csv ? .plain : console.style, isVerbose: common.verbose))
        if csv {
            console.text(table.commaSeparated)
            console.flush()
        } else {
            try console.report(Report(experiments: rows)) { $0.experiments.isEmpty ? "No experiment is like that\n" : table.text }
        }
    }

    /// Those without the value stand last, whichever way.
    private static func sorted(_ rows: [ExperimentSummary], by key: String, isReversed: Bool) -> [ExperimentSummary] {
        let keyed = rows.enumerated().map { (place: $0.offset, row: $0.element, value: $0.element.value(of: key)) }
        return keyed.sorted { left, right in
            switch (left.value, right.value) {
            case (nil, nil): return left.place < right.place
            case (nil, _): return false
            case (_, nil): return true
            case (let a?, let b?):
                if a == b { return left.place < right.place }
                if let a = a.number, let b = b.number { return isReversed ? a > b : a < b }
                return isReversed ? a.description > b.description : a.description < b.description
            }
        }.map(\.row)
    }
}
