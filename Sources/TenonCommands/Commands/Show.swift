import ArgumentParser
import TenonAPI

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a commit and the artifacts that it binds.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The commit.", valueName: "rev"))
    var revision = "HEAD"

    func run() throws {
        let session = try Session(common)
        try session.report(ShowRequest(workTree: session.workTree, commit: session.resolve(revision)), reply: HistoryText.render)
    }
}
