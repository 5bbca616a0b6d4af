import ArgumentParser

struct HooksUninstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Take Tenon's hooks out and put back what was there, byte for byte.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let console = Console(common.settings)
        let hooks = try RepositoryHooks()
        let plan = try hooks.uninstall()
        try hooks.write(plan, console)
    }
}
