import ArgumentParser

struct HooksUninstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Take Tenon's hooks out and put back what was there, byte for byte.",
        discussion: """
            Git's settings for the merge and diff drivers go with them. 'tenon hooks install' brings both back; 'tenon init --no-hooks' the drivers alone.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let console = Console(common.settings)
        let hooks = try RepositoryHooks()
        let plan = try hooks.uninstall()
        try hooks.write(plan, drivers: try hooks.uninstallDrivers(), console)
    }
}
