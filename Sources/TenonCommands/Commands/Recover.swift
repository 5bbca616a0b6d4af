import ArgumentParser
import TenonAPI

struct Recover: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "List, or bring back, data that was saved before it was overwritten.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The saved state, or the first digits of its name; none lists them.", valueName: "id"))
    var id: String?

    @Argument(help: ArgumentHelp("Where to write it, in place of the artifact's own path.", valueName: "dest"))
    var destination: PathArgument?

    func run() throws {
        let session = try Session(common)
        try session.report(
            RecoverRequest(workTree: session.workTree, id: id, destination: destination.map(session.absolute)), reply: MovingText.render)
    }
}
