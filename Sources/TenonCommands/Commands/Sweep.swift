import ArgumentParser
import TenonAPI

struct Sweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Remove from a remote what nobody needs there any more.",
        discussion: """
            Needed is what any ref binds of any clone that has pushed there. The first sweep condemns what nobody needs, and a later one removes what \
            was condemned long enough ago and is not needed again; so it takes two, and what they would do is told by --dry-run. A pack of \
            which less than half is needed is written anew, and goes in the same way. Before all that, 'git fetch --all' brings \
            the branches of the Git remotes, so that what was merged elsewhere counts.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Sweep a remote.")
    var remote = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be done, and write nothing on the remote.")
    var dryRun = false

    @Option(help: ArgumentHelp("What was condemned goes after this time: 24h if not given; 30m, 7d, 0.", valueName: "time"))
    var grace: TimeSpan?

    @Option(help: ArgumentHelp("Give up a clone that is no more: what only it needs may go. As --dry-run lists it.", valueName: "id"))
    var forget: [String] = []

    @Flag(help: "Do not run 'git fetch --all' before.")
    var noFetch = false

    @Option(name: .letter("j"), help: ArgumentHelp("So many requests at the same time; 0: as many as suits.", valueName: "number"))
    var jobs = 0

    @Argument(help: ArgumentHelp("The remote; the default one if not given.", valueName: "name"))
    var name: String?

    func validate() throws {
        if !remote { throw ValidationError("say what is to be swept: tenon sweep --remote [<name>]") }
        if jobs < 0 { throw ValidationError("--jobs can't be negative") }
    }

    func run() throws {
        let session = try Session(common)
        if !noFetch {
            let status = try session.git(["fetch", "--all", "--quiet"])
            guard status == 0 else {
                throw TenonError(
                    .git, "the remote was not swept", cause: "'git fetch --all' failed, so what was merged elsewhere is not known here",
                    hint: "mend that, or leave it out with --no-fetch")
            }
        }
        let options = RemoteSweepOptions(
            name: name, grace: grace?.seconds ?? RemoteSweepOptions.defaultGrace, forget: forget, jobs: jobs, environment: session.transferEnvironment
        )
        try session.report(SweepRequest(workTree: session.workTree, dryRun: dryRun, remote: options)) {
            SweepText.render($0.remote, dryRun: dryRun, $1)
        }
    }
}
