import ArgumentParser

/// `tenon daemon …`: rarely needed, since every command starts the daemon.
struct Daemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Start, stop or ask the daemon; rarely needed.",
        subcommands: [DaemonStart.self, DaemonStop.self, DaemonStatus.self, DaemonLogs.self])
}
