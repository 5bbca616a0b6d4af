import ArgumentParser

/// What commands take that hand the rest to Git: no short option, since those are Git's.
struct PassthroughOptions: ParsableArguments {
    @Flag(help: "Print one JSON document (see docs/json.md); what Git prints goes to standard error.")
    var json = false

    @Option(help: ArgumentHelp("Progress on standard error: a bar on a terminal, JSON events, or none.", valueName: "mode"))
    var progress: ProgressMode = .auto

    @Option(help: ArgumentHelp("Color the output.", valueName: "when"))
    var color: ColorChoice = .auto

    /// The settings of the whole command. Git's `-q` quiets Tenon too.
    func settings(passing arguments: [String]) -> Console.Settings {
        let isQuiet = arguments.prefix { $0 != "--" }.contains { $0 == "-q" || $0 == "--quiet" }
        return Console.Settings(json: json, progress: progress, isQuiet: isQuiet, isVerbose: false, color: color)
    }
}
