import ArgumentParser

/// `tenon import …`: takes over what another tool keeps.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over the data and the pipeline of another tool's project.", subcommands: [ImportDVC.self])
}
