import ArgumentParser
import TenonAPI

struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Bring the data of commits from remotes into the store.",
        discussion: """
            Fetches what the pointers in the work tree name, or what the given revisions bind, as far as it is not here; the work tree is not touched. \
            Without a remote, the default one is asked, then the others. Code is fetched by 'git fetch'.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "The data of every commit that a branch or tag reaches.")
    var all = false

    @Flag(help: "First bring the references of experiments from the Git remote; their data is brought when they are named.")
    var experiments = false

    @Option(name: .letter("r"), help: ArgumentHelp("From this remote alone.", valueName: "name"))
    var remote: String?

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp("Only this artifact, or this file or directory inside one; may be repeated.", valueName: "path"))
    var path: [PathArgument] = []

    @Option(name: .letter("j"), help: ArgumentHelp("So many transfers at the same time; 0: as many as suits.", valueName: "number"))
    var jobs = 0

    @Flag(name: [.customShort("n"), .long], help: "Say what would be fetched, and fetch nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("Revisions.", valueName: "rev"))
    var revisions: [String] = []

    func validate() throws {
        if jobs < 0 { throw ValidationError("--jobs can't be negative") }
        if all && !revisions.isEmpty { throw ValidationError("--all goes with no revision") }
    }

    func run() throws {
        let session = try Session(common)
        if experiments && !dryRun {
            let status = try session.withTerminal { try ExperimentRefs(environment: session.environment).fetch(isQuiet: common.quiet) }
            try GitExit.check(status, "the experiments were not fetched", "git fetch", session.console)
        }
        let request = FetchRequest(
            workTree: session.workTree, remote: remote, commits: try revisions.map(session.resolve), all: all, paths: try session.paths.scope(path),
            jobs: jobs, dryRun: dryRun, environment: session.transferEnvironment)
        let reply = try session.report(request) { SharingText.render($0, dryRun: dryRun, $1) }
        if !reply.failed.isEmpty {
            session.complain(of: reply.failed)
            throw ExitCode(2)
        }
    }
}
