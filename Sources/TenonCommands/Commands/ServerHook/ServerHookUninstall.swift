import ArgumentParser
import TenonClient

struct ServerHookUninstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Take the hook out and put back what was there, byte for byte.",
        discussion: "The settings tenon.server.* and the records that were fetched, in 'tenon/store' of the repository, stay.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The bare repository.", valueName: "repository"))
    var repository: PathArgument

    func run() throws {
        let hook = try ServerHookAdministration(repository)
        try hook.carryOut(ServerHookPlan.uninstalling(hook.repository), Console(common.settings))
    }
}
