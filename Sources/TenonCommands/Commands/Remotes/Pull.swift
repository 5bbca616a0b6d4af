import ArgumentParser
import TenonAPI

struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Pull code, then fetch and restore the data that belongs to it.",
        usage: "tenon pull [--json] [--progress <mode>] [--color <when>] [<git pull options> ...]",
        discussion: """
            Runs 'git pull' with the arguments given, untouched, then 'tenon fetch' for what the pointers name, and brings the artifacts to them. \
            Tenon's own options come before those of Git.
            """)

    @OptionGroup var options: PassthroughOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("What 'git pull' takes.", valueName: "git pull options"))
    var arguments: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var gitStatus: Int32
        var fetch: FetchRequest.Reply?
        var restore: RestoreRequest.Reply?
    }

    func run() throws {
        try showHelp(ifAskedBy: arguments)
        let session = try Session(options.settings(passing: arguments))
        // The pointer follows the data first: only then can Git see what it would overwrite.
        _ = try session.perform(AddRequest(workTree: session.workTree, paths: [], update: true, stage: false))
        let status = try session.git(["pull"] + arguments)
        guard status == 0 else {
            if session.console.isJSON { try session.console.document(Report(gitStatus: status)) }
            throw GitExit.status(status)
        }
        let fetched = try session.perform(FetchRequest(workTree: session.workTree, environment: session.transferEnvironment, unasked: true))
        session.console.text(SharingText.render(fetched, dryRun: false, session.presentation))
        let restored = try session.perform(RestoreRequest(workTree: session.workTree, mode: .checkout))
        if !restored.restored.isEmpty { session.console.text(MovingText.render(restored, session.presentation)) }
        if session.console.isJSON { try session.console.document(Report(gitStatus: status, fetch: fetched, restore: restored)) }
        // What could not be fetched can't be restored either, and is told once.
        session.complain(of: fetched.failed.isEmpty ? restored.failed : fetched.failed)
        if !fetched.failed.isEmpty || !restored.failed.isEmpty { throw ExitCode(2) }
    }
}
