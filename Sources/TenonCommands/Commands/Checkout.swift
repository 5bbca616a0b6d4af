import ArgumentParser
import TenonAPI

struct Checkout: ParsableCommand {
    static let configuration = CommandConfiguration(
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
        /// `nil` where Git failed outright, and no data was touched.
        var restore: RestoreRequest.Reply?
    }

    func run() throws {
        let session = try Session(options.settings(passing: arguments))
        // The pointer follows the data first: only then can Git see what it would overwrite.
        let followed = try session.perform(AddRequest(workTree: session.workTree, paths: [], update: true, stage: false))
        let status = try session.git(["checkout"] + arguments)
        var restored: RestoreRequest.Reply?
        // 1 is also what `git checkout --merge` says after it moved and left conflicts.
        if status == 0 || status == 1 {
            let reply = try session.perform(RestoreRequest(workTree: session.workTree, mode: .reconcile))
            if !reply.restored.isEmpty { session.console.text(MovingText.render(reply, session.presentation)) }
            session.complain(of: reply.failed)
            restored = reply
        }
        if session.console.isJSON { try session.console.document(Report(add: followed, gitStatus: status, restore: restored)) }
        if status != 0 { throw GitExit.status(status) }
        if restored?.failed.isEmpty == false { throw ExitCode(2) }
    }
}
