import ArgumentParser
import TenonAPI

struct Push: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Bring the data of commits to a remote.",
        discussion: """
            Sends what the commits need and the remote lacks, of HEAD and its ancestors unless revisions are given. It can be interrupted and run \
            again: what was sent is not sent twice. Code is pushed by 'git push'.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "The data of every commit that a branch or tag reaches.")
    var all = false

    @Flag(help: "Also the data of all experiments, and then their references to the Git remote.")
    var experiments = false

    @Flag(help: "To every remote.")
    var allRemotes = false

    @Option(name: .letter("j"), help: ArgumentHelp("So many transfers at the same time; 0: as many as suits.", valueName: "number"))
    var jobs = 0

    @Flag(name: [.customShort("n"), .long], help: "Say what would be sent, and send nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("A remote (the default one if not given), then revisions.", valueName: "remote rev"))
    var arguments: [String] = []

    func validate() throws {
        if jobs < 0 { throw ValidationError("--jobs can't be negative") }
    }

    func run() throws {
        let session = try Session(common)
        // With --all-remotes there is no remote to name.
        let remote = allRemotes ? nil : arguments.first
        let revisions = allRemotes ? arguments : Array(arguments.dropFirst())
        if all && !revisions.isEmpty { throw ValidationError("--all goes with no revision") }
        var commits = try revisions.map(session.resolve)
        let refs = ExperimentRefs(environment: session.environment)
        if experiments && !all { commits = try (commits.isEmpty ? [session.resolve("HEAD")] : commits) + refs.commits() }
        let request = PushRequest(
            workTree: session.workTree, remotes: remote.map { [$0] } ?? [], allRemotes: allRemotes, commits: commits, all: all, jobs: jobs,
            dryRun: dryRun, environment: session.transferEnvironment)
        try session.report(request) { SharingText.render($0, dryRun: dryRun, $1) }
        // Nothing points before its target exists.
        guard experiments, !dryRun, try !refs.commits().isEmpty else { return }
        let status = try session.withTerminal { try refs.push(isQuiet: common.quiet) }
        if status != 0 { throw GitExit.status(status) }
    }
}
