import ArgumentParser
import TenonAPI

/// What all commands about values take.
struct ValueOptions: ParsableArguments {
    @Option(name: [.customShort("k"), .long], help: ArgumentHelp("Only this key and what is below it; as often as wanted.", valueName: "key"))
    var key: [String] = []

    @Flag(help: "Print comma-separated values.")
    var csv = false

    func validate(_ common: CommonOptions) throws {
        if csv && common.json { throw ValidationError("--csv and --json exclude each other") }
        if key.contains(where: \.isEmpty) { throw ValidationError("a key is empty") }
    }
}
