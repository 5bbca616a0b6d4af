import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all that is known of an experiment.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The experiment.", valueName: "name"))
    var name: String

    func run() throws {
        let console = Console(common.settings)
        let environment = try ClientEnvironment.ofProcess()
        let everything = try ExperimentSummary.all(ExperimentShelf(environment: environment), ExperimentCatalog(environment: environment))
        guard let row = everything.first(where: { $0.name == name || $0.id == name }) else {
            throw ExperimentSelection.missing(name, everything.map(\.name))
        }
        try console.report(row) { ExperimentText.details($0, Presentation(style: console.style, isVerbose: common.verbose)) }
    }
}
