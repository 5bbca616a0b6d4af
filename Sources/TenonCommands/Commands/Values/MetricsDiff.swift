import ArgumentParser
import TenonAPI

struct MetricsDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show the metrics that differ between two revisions.",
        usage: "tenon metrics diff [<options>] [<rev> [<rev>] | <rev>..<rev>] [--] [<file> ...]",
        discussion: ValuesDiff.discussion)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: ValueOptions

    @Flag(help: "Also show what is the same.")
    var all = false

    @Flag(help: "Exit with 1 if anything differs.")
    var exitCode = false

    @Argument(help: ArgumentHelp("Revisions, then files.", valueName: "rev or file"), completion: .file())
    var words: [String] = []

    func validate() throws { try options.validate(common) }

    func run() throws {
        try ValuesDiff(kind: .metrics, options: options, all: all, exitCode: exitCode, words: words).run(common)
    }
}
