import ArgumentParser
import TenonAPI

struct ParamsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show parameters in the work tree, at commits and of experiments.",
        usage: "tenon params show [<options>] [<rev> ...] [--] [<file> ...]",
        discussion: ValuesShow.discussion)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: ValueOptions
    @OptionGroup var many: RevisionOptions

    @Argument(help: ArgumentHelp("Revisions, then files.", valueName: "rev or file"), completion: .file())
    var words: [String] = []

    func validate() throws { try options.validate(common) }

    func run() throws {
        try ValuesShow(kind: .parameters, options: options, many: many, words: words).run(common)
    }
}
