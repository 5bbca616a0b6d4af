import ArgumentParser
import TenonAPI

/// What `tenon run` takes before the command.
struct RunOptions: ParsableArguments {
    @Option(name: .letter("n"), help: ArgumentHelp("What the run is called.", valueName: "name"))
    var name: String?

    @Option(name: [.customShort("d"), .customLong("input")], help: ArgumentHelp("Data that the command reads; may be repeated.", valueName: "dep"))
    var inputs: [PathArgument] = []

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter: KEY=VALUE, FILE:KEY, or all that FILE (JSON or YAML) holds; may be repeated.", valueName: "param"))
    var parameters: [ParameterArgument] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("What the command makes; may be repeated.", valueName: "out"))
    var outputs: [PathArgument] = []

    @Option(
        name: [.customShort("m"), .customLong("metrics")],
        help: ArgumentHelp("A file (JSON or YAML) of numbers that the command writes; may be repeated.", valueName: "file"))
    var metrics: [PathArgument] = []

    @Option(
        name: [.customShort("e"), .customLong("env")],
        help: ArgumentHelp("An environment variable to record; may be repeated.", valueName: "variable"))
    var variables: [String] = []

    @Flag(help: "Find inputs and outputs by watching what the command opens, with strace.")
    var trace = false

    @Flag(help: "Begin a run without a command, such as work in a notebook; '--end' ends it.")
    var begin = false

    @Flag(help: "End the run that was begun; of several the one that --name names. Takes -o, -m, --keep-outputs.")
    var end = false

    @Flag(help: "Forget the run that was begun, and record nothing.")
    var abort = false

    @Flag(help: "With --end: it failed.")
    var failed = false

    @Flag(help: "Store and track the outputs of a command that fails, too.")
    var keepOutputs = false

    @Flag(help: "Print one JSON document (see docs/json.md); what the command prints goes to standard error.")
    var json = false

    @Option(help: ArgumentHelp("Progress on standard error: a bar on a terminal, JSON events, or none.", valueName: "mode"))
    var progress: ProgressMode = .auto

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    @Option(help: ArgumentHelp("Color the output.", valueName: "when"))
    var color: ColorChoice = .auto

    var settings: Console.Settings {
        Console.Settings(json: json, progress: progress, isQuiet: quiet, isVerbose: false, color: color)
    }
}
