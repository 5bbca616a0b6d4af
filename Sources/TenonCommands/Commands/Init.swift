import ArgumentParser
import TenonAPI
import TenonClient

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Set up Tenon in a Git work tree.",
        discussion: """
            Writes tenon.yaml if there is none and the lines of .gitattributes that keep pointers whole, installs the Git hooks (see 'tenon hooks'), and \
            tells Git of the merge and diff drivers. Safe to repeat. Hooks and drivers are each clone's own: run it once in every clone.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Install no Git hooks: plain git then moves pointers, and 'tenon restore' brings the data.")
    var noHooks = false

    /// What `--json` prints: the keys of the reply, and how the hooks stand.
    private struct Report: Encodable {
        var reply: InitRequest.Reply
        var hooks: HooksReport?

        private enum Keys: String, CodingKey { case hooks }

        func encode(to encoder: any Encoder) throws {
            try reply.encode(to: encoder)
            var container = encoder.container(keyedBy: Keys.self)
            try container.encodeIfPresent(hooks, forKey: .hooks)
        }
    }

    func run() throws {
        let session = try Session(common)
        let hooks = try RepositoryHooks(session.workTree, environment: session.environment)
        // First, since the daemon names drivers in the attributes only where Git knows them.
        try hooks.installDrivers()
        // What goes wrong with the hooks is told when all else is done.
        let installation = Result { try noHooks ? nil : hooks.install() }
        let reply = try session.perform(InitRequest(workTree: session.workTree))
        let console = session.console
        if case .success(let plan) = installation {
            try console.report(Report(reply: reply, hooks: try plan.map { try hooks.report($0) })) { report in
                TrackingText.render(report.reply, report.hooks.map { HooksText.render($0, console) } ?? "", session.presentation)
            }
        } else {
            console.text(TrackingText.render(reply, "", session.presentation))
            console.flush()
        }
        _ = try installation.get()
    }
}
