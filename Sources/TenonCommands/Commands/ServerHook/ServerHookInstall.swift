import ArgumentParser
import TenonAPI
import TenonClient

struct ServerHookInstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install the hook 'pre-receive' in a bare repository, beside the one that is there.",
        discussion: """
            A hook that is there stays and runs after Tenon's, with the same standard input. Safe to repeat. The options are written into the repository's \
            Git configuration as tenon.server.*; without them, what stands there stays.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The remote with the data: a path, ssh:// or s3://.", valueName: "url"))
    var remote: String?

    @Option(help: ArgumentHelp("Of an S3-compatible store: its address.", valueName: "url"))
    var endpoint: String?

    @Option(help: ArgumentHelp("Of an S3-compatible store: its region.", valueName: "name"))
    var region: String?

    @Option(help: ArgumentHelp("A file of NAME=VALUE lines: variables by which the remote is reached.", valueName: "file"))
    var credentials: PathArgument?

    @Option(help: ArgumentHelp("Rules, as in tenon.yaml, for what is new while the default branch has none.", valueName: "file"))
    var policy: PathArgument?

    @Option(help: ArgumentHelp("What becomes of pushes while the remote can't be asked: refuse (default) or accept.", valueName: "what"))
    var unreachable: Unreachable?

    @Argument(help: ArgumentHelp("The bare repository.", valueName: "repository"))
    var repository: PathArgument

    enum Unreachable: String, ExpressibleByArgument, CaseIterable { case refuse, accept }

    func run() throws {
        let hook = try ServerHookAdministration(repository)
        let plan = try ServerHookPlan.installing(hook.repository, program: hook.program)
        let values: [(String, String?)] = try [
            ("remote", remote.map(hook.url)), ("endpoint", endpoint), ("region", region), ("credentials", credentials.map(hook.file)),
            ("policy", policy.map(hook.file)), ("unreachable", unreachable?.rawValue),
        ]
        for (name, value) in values { if let value { try hook.repository.set(name, to: value) } }
        try hook.carryOut(plan, Console(common.settings))
    }
}
