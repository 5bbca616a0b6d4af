import ArgumentParser

struct HooksStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how each hook stands, and what runs after it.",
        discussion: "Exits with 1 if a hook is not as it should be. 'tenon doctor' proves that each really runs.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let console = Console(common.settings)
        let report = try RepositoryHooks().report()
        try console.report(report) { HooksText.render($0, console) }
        if !report.isComplete { throw ExitCode(1) }
    }
}
