import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List experiments: those that are done, run, wait, or failed.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "Only the names.")
    var nameOnly = false

    /// What `--json` prints.
    private struct Report: Encodable {
        var experiments: [ExperimentSummary]
    }

    func run() throws {
        let console = Console(common.settings)
        let environment = try ClientEnvironment.ofProcess()
        let presentation = Presentation(style: console.style, isVerbose: common.verbose)
        let rows = try ExperimentSummary.all(ExperimentShelf(environment: environment), ExperimentCatalog(environment: environment))
        try console.report(Report(experiments: rows)) { report in
            nameOnly ? report.experiments.map { displayName($0.name.utf8) + "\n" }.joined() : ExperimentText.list(report.experiments, presentation)
        }
    }
}
