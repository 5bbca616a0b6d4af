import ArgumentParser
import TenonAPI

struct RemoteList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List remotes, those that tenon.yaml only proposes included.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try Session(common)
        try session.report(RemoteRequest(workTree: session.workTree, action: .list), reply: SharingText.render)
    }
}
