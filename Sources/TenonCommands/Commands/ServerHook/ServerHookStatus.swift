import ArgumentParser

struct ServerHookStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the hook of a bare repository stands, and by what it judges.",
        discussion: "Exits with 1 if the hook is not as it should be.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The bare repository.", valueName: "repository"))
    var repository: PathArgument

    func run() throws {
        let console = Console(common.settings)
        let report = try ServerHookAdministration(repository).report()
        try console.report(report) { ServerHookText.render($0, console) }
        if report.hook.state != .installed { throw ExitCode(1) }
    }
}
