import ArgumentParser
import TenonAPI

struct RemoteAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Note a remote under a name, and make the place one if it is none.",
        discussion: """
            URL is a directory (/path or file:///path), a directory on another host (ssh://[user@]host[:port]/path), or a bucket \
            (s3://bucket/prefix). It is tried at once: what can't be reached is not added.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Address of an S3-compatible store that is not Amazon's.", valueName: "url"))
    var endpoint: String?

    @Option(help: ArgumentHelp("Region of the bucket; found out where it is not given.", valueName: "region"))
    var region: String?

    @Argument(help: ArgumentHelp("What to call it; 'origin' is the default remote.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("Where it is.", valueName: "url"))
    var url: String

    func run() throws {
        let session = try Session(common)
        let request = RemoteRequest(
            workTree: session.workTree, action: .add, name: name, url: try session.remoteURL(url), endpoint: endpoint, region: region,
            environment: session.transferEnvironment)
        try session.report(request) { SharingText.added(name, $0, $1) }
    }
}
