import ArgumentParser
import TenonAPI

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show which files and bytes differ between states of the artifacts.",
        usage: "tenon diff [<options>] [<rev> [<rev>] | <rev>..<rev>] [--] [<path> ...]",
        discussion: """
            Without a revision: the data in the work tree against what is staged in Git. With one: the data against that commit. With two, or A..B: the second \
            against the first.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "One line for each artifact.")
    var stat = false

    @Flag(help: "Only the paths that differ.")
    var nameOnly = false

    @Flag(help: "Exit with 1 if anything differs.")
    var exitCode = false

    @Argument(help: ArgumentHelp("Revisions, then paths.", valueName: "rev or path"), completion: .file())
    var words: [String] = []

    func validate() throws {
        if stat && nameOnly { throw ValidationError("--stat and --name-only exclude each other") }
    }

    func run() throws {
        let session = try Session(common)
        let words = try session.revisionWords.split(words, limit: 2)
        let request = DiffRequest(
            workTree: session.workTree, from: words.commits.first, to: words.commits.dropFirst().first,
            paths: try session.paths.scope(words.paths), summaryOnly: stat)
        let reply = try session.report(
            request, item: { Array((nameOnly ? DiffText.name($0, $1) : DiffText.entry($0, $1)).utf8) },
            reply: { nameOnly ? "" : DiffText.summary($0, $1) })
        if exitCode, !reply.artifacts.isEmpty { throw ExitCode(1) }
    }
}
