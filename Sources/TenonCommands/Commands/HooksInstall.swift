import ArgumentParser
import TenonAPI
import TenonClient

struct HooksInstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install Tenon's hooks beside those that are there.",
        discussion: """
            Hooks that are there stay and run after Tenon's, with the same arguments and the same standard input. Safe to repeat; needed again after \
            another tool has written over Tenon's hooks. Git is told of the merge and diff drivers, too.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let console = Console(common.settings)
        let hooks = try RepositoryHooks()
        let plan = try hooks.install()
        try hooks.write(plan, drivers: try hooks.installDrivers(), console)
    }
}
