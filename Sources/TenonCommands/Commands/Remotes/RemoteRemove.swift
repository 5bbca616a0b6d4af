import ArgumentParser
import TenonAPI

struct RemoteRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a remote. What lies there stays.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The remote.", valueName: "name"))
    var name: String

    func run() throws {
        let session = try Session(common)
        try session.report(RemoteRequest(workTree: session.workTree, action: .remove, name: name), reply: SharingText.render)
    }
}
