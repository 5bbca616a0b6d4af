import ArgumentParser

struct DaemonStop: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Ask the daemon to leave, and wait until it has.")

    @OptionGroup var common: CommonOptions

    /// What `--json` prints.
    private struct Report: Encodable {
        /// Whether a daemon ran.
        var stopped: Bool
    }

    func run() throws {
        let session = try DaemonSession(common)
        let report = Report(stopped: try session.client.stopDaemon())
        try session.write(report) { report, _ in report.stopped ? "The daemon has left\n" : "No daemon ran\n" }
    }
}
