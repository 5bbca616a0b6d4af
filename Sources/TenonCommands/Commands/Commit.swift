import ArgumentParser
import TenonAPI

struct Commit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Store changed data, then commit it with the code.",
        usage: "tenon commit [--json] [--progress <mode>] [--color <when>] [<git commit options> ...]",
        discussion: """
            Runs 'tenon add -u', then 'git commit' with the options given, untouched. Tenon's own options come before those of Git.
            """)

    @OptionGroup var options: PassthroughOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("What 'git commit' takes.", valueName: "git commit options"))
    var arguments: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var add: AddRequest.Reply
        /// The new commit; `nil` where Git made none.
        var commit: String?
        var gitStatus: Int32
    }

    func run() throws {
        try showHelp(ifAskedBy: arguments)
        let session = try Session(options.settings(passing: arguments))
        let added = try session.perform(AddRequest(workTree: session.workTree, paths: [], update: true))
        if added.artifacts.contains(where: { $0.change != .unchanged }) {
            session.console.text(TrackingText.render(added, dryRun: false, session.presentation))
        }
        let status = try session.git(["commit"] + arguments)
        if session.console.isJSON {
            let commit = status == 0 ? try session.resolve("HEAD") : nil
            try session.console.document(Report(add: added, commit: commit, gitStatus: status))
        }
        if status != 0 { throw GitExit.status(status) }
    }
}
