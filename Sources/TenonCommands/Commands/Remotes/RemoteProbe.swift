import ArgumentParser
import TenonAPI

struct RemoteProbe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Try again what a remote's storage can do, and record it.",
        discussion: """
            As 'tenon remote add' does: on objects of its own, which it removes. Push and fetch need little; 'tenon sweep --remote' needs \
            compare-and-swap and conditional removal.
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The remote; the default one if not given.", valueName: "name"))
    var name: String?

    func run() throws {
        let session = try Session(common)
        let request = RemoteRequest(workTree: session.workTree, action: .probe, name: name, environment: session.transferEnvironment)
        try session.report(request) { SharingText.probed(name, $0, $1) }
    }
}
