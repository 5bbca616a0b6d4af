import ArgumentParser

/// `tenon params …`: what runs were told.
struct Params: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "params",
        abstract: "Show and compare parameters.",
        subcommands: [ParamsShow.self, ParamsDiff.self],
        defaultSubcommand: ParamsShow.self)
}
