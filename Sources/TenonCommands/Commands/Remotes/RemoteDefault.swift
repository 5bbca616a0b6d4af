import ArgumentParser
import TenonAPI

struct RemoteDefault: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "default", abstract: "Say which remote is meant where none is named.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The remote.", valueName: "name"))
    var name: String

    func run() throws {
        let session = try Session(common)
        try session.report(RemoteRequest(workTree: session.workTree, action: .makeDefault, name: name), reply: SharingText.render)
    }
}
