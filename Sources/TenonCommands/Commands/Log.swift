import ArgumentParser
import TenonAPI

struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show commits with the data changes that each made.",
        usage: "tenon log [<options>] [<rev>] [--] [<path> ...]")

    @OptionGroup var common: CommonOptions

    @Option(name: .letter("n", "max-count"), help: ArgumentHelp("At most so many commits; 0: all.", valueName: "number"))
    var maximum: Int = 0

    @Flag(help: "Show commits that changed no artifact as well.")
    var full = false

    @Flag(help: "Show the runs that made what is new in each commit.")
    var lineage = false

    @Argument(help: ArgumentHelp("A revision, then paths.", valueName: "rev or path"), completion: .file())
    var words: [String] = []

    func validate() throws {
        if maximum < 0 { throw ValidationError("--max-count can't be negative") }
    }

    func run() throws {
        let session = try Session(common)
        let words = try session.revisionWords.split(words, limit: 1)
        let request = LogRequest(
            workTree: session.workTree, start: try words.commits.first ?? session.resolve("HEAD"), paths: try session.paths.scope(words.paths),
            limit: maximum, all: full, lineage: lineage ? true : nil)
        try session.report(request, item: { Array(HistoryText.logged($0, $1).utf8) }, reply: { _, _ in "" })
    }
}
