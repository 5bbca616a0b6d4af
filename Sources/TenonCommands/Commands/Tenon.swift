import ArgumentParser

/// The root of the commands.
struct Tenon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenon",
        abstract: "Data and models, versioned with the code in Git.",
        usage: "tenon [-C <dir>] <command> [<options>]",
        subcommands: [Manual.self, Hook.self, MergeDriver.self, DiffDriver.self, Serve.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Track data",
                subcommands: [Init.self, Add.self, Untrack.self, Move.self, Remove.self, Status.self, Commit.self, ImportCommand.self]),
            CommandGroup(name: "Move between states", subcommands: [Checkout.self, Restore.self, Recover.self]),
            CommandGroup(
                name: "Look", subcommands: [Diff.self, Log.self, Show.self, List.self, Cat.self, Which.self]),
            CommandGroup(
                name: "Run",
                subcommands: [
                    Run.self, Metric.self, Rerun.self, Repro.self, Dag.self, Trace.self, Record.self, Records.self, Attest.self,
                ]),
            CommandGroup(name: "Name models", subcommands: [ModelCommand.self]),
            CommandGroup(name: "Experiment", subcommands: [Experiment.self]),
            CommandGroup(name: "Compare", subcommands: [Params.self, Metrics.self, Plots.self]),
            CommandGroup(name: "Share", subcommands: [Remote.self, Push.self, Fetch.self, Pull.self, Clone.self]),
            CommandGroup(
                name: "Prove and care",
                subcommands: [
                    Verify.self, StoreCommand.self, Fsck.self, Sweep.self, HooksCommand.self, ServerHookCommand.self, Doctor.self, Daemon.self,
                ]),
            CommandGroup(name: "This program", subcommands: [Completions.self, Version.self]),
        ])

    /// Taken out by `GlobalOptions` before the parser runs; here for the help.
    @Option(name: .customShort("C"), help: ArgumentHelp("Run as if started in this directory.", valueName: "dir"))
    var directory: PathArgument?
}
