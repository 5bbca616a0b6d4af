import ArgumentParser
import TenonAPI

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "store", abstract: "Show the store's sizes and ratios.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        try DaemonSession(common).report(StoreRequest(), reply: CareText.render)
    }
}
