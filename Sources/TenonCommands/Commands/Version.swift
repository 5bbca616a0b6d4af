import ArgumentParser
import TenonAPI

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version, as 'tenon --version' does.")

    @OptionGroup var common: CommonOptions

    /// What `--json` prints.
    private struct Report: Encodable {
        var version = APIVersion.release
        var api = APIVersion.current
        var apiMinimum = APIVersion.minimum
    }

    func run() throws {
        let console = Console(common.settings)
        console.text("tenon \(APIVersion.release)\n")
        if common.verbose { console.text("API \(APIVersion.minimum) to \(APIVersion.current)\n") }
        if console.isJSON { try console.document(Report()) }
    }
}
