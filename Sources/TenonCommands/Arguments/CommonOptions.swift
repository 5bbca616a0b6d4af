import ArgumentParser

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON document (see docs/json.md).")
    var json = false

    @OptionGroup private var output: OutputOptions

    var quiet: Bool { output.quiet }
    var verbose: Bool { output.verbose }
    var color: ColorChoice { output.color }

    var settings: Console.Settings {
        var settings = output.settings
        settings.json = json
        return settings
    }
}

/// What also a command takes that prints no JSON.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Progress on standard error: a bar on a terminal, JSON events, or none.", valueName: "mode"))
    var progress: ProgressMode = .auto

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print more: whole identifiers, and what is as it should be.")
    var verbose = false

    @Option(help: ArgumentHelp("Color the output.", valueName: "when"))
    var color: ColorChoice = .auto

    var settings: Console.Settings {
        Console.Settings(json: false, progress: progress, isQuiet: quiet, isVerbose: verbose, color: color)
    }
}
