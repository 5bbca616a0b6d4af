import ArgumentParser

/// `tenon hooks …`: what makes plain Git carry the data.
struct HooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Install, take out or show the Git hooks that keep data with commits.",
        subcommands: [HooksInstall.self, HooksUninstall.self, HooksStatus.self])
}
