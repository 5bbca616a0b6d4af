import ArgumentParser
import TenonAPI

struct RemoteTrust: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Agree to the remote that tenon.yaml proposes under a name.",
        discussion: "tenon.yaml is written by whoever made the commit, so what it says of remotes is used only after this, and until it changes.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The remote.", valueName: "name"))
    var name: String

    func run() throws {
        let session = try Session(common)
        let request = RemoteRequest(
            workTree: session.workTree, action: .trust, name: name, environment: session.transferEnvironment)
        try session.report(request) { SharingText.added(name, $0, $1) }
    }
}
