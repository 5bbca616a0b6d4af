import ArgumentParser
import TenonAPI

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that bytes are what pointers say.",
        discussion: "Reads and hashes everything again. Exits with 1 if anything is not as it should be.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "What the store holds for the commits (default).")
    var stored = false

    @Flag(help: "What lies in the work tree.")
    var workTree = false

    @Flag(help: "Every commit reachable from any ref.")
    var all = false

    @Argument(help: ArgumentHelp("The commits to prove; HEAD if there is none.", valueName: "rev"))
    var revisions: [String] = []

    func validate() throws {
        if stored && workTree { throw ValidationError("--stored and --work-tree exclude each other") }
        if workTree && (all || !revisions.isEmpty) { throw ValidationError("--work-tree takes no revision") }
        if all && !revisions.isEmpty { throw ValidationError("--all takes no revision") }
    }

    func run() throws {
        let session = try Session(common)
        let scope = workTree ? VerifyRequest.Scope.workTree : .stored
        let commits = try all || workTree ? [] : (revisions.isEmpty ? ["HEAD"] : revisions).map(session.resolve)
        let reply = try session.report(
            VerifyRequest(workTree: session.workTree, scope: scope, commits: commits, all: all),
            item: { Array(CareText.finding($0, $1).utf8) }, reply: { CareText.summary($0, scope: scope, $1) })
        if reply.findings > 0 { throw ExitCode(1) }
    }
}
