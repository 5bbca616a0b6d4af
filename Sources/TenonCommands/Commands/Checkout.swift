import ArgumentParser
import TenonAPI

struct Checkout: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkout",
        abstract: "Switch code and data to another commit or branch.",
        usage: "tenon checkout [--json] [--progress <mode>] [--color <when>] [<git checkout options> ...]",
        discussion: """
            Writes the pointers of changed artifacts, so that Git refuses to overwrite what is not committed; runs 'git checkout' with the arguments \
            given, untouched; then brings the artifacts to what their pointers say. Tenon's own options come before those of Git.
            """)

    @OptionGroup var options: PassthroughOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("What 'git checkout' takes.", valueName: "git checkout options"))
    var arguments: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var add: AddRequest.Reply
        var gitStatus: Int32
        /// `nil` where Git failed and moved nothing; then no data is touched.
        var restore: RestoreRequest.Reply?
    }

    func run() throws {
        try showHelp(ifAskedBy: arguments)
        let session = try Session(options.settings(passing: arguments))
        // The pointer follows the data first: only then can Git see what it would overwrite.
        let followed = try session.perform(AddRequest(workTree: session.workTree, paths: [], update: true, stage: false))
        let before = try? session.resolve("HEAD")
        let status = try session.git(["checkout"] + arguments)
        var restored: RestoreRequest.Reply?
        // `git checkout --merge` says 1 where it moved and left conflicts.
        let hasMoved = try status == 0 || status == 1 && before != session.resolve("HEAD")
        if hasMoved {
            let reply = try session.perform(RestoreRequest(workTree: session.workTree, mode: .checkout, environment: session.transferEnvironment))
            if !reply.restored.isEmpty { session.console.text(MovingText.render(reply, session.presentation)) }
            session.complain(of: reply.failed)
            restored = reply
        }
        if session.console.isJSON { try session.console.document(Report(add: followed, gitStatus: status, restore: restored)) }
        if status != 0 { throw GitExit.status(status) }
        if restored?.failed.isEmpty == false { throw ExitCode(2) }
    }
}
