import ArgumentParser

struct DaemonStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the daemon says of itself.", discussion: "Exits with 69 if none runs, and starts none.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try DaemonSession(common.settings, startsDaemon: false)
        try session.write(session.client.daemonInfo(), text: CareText.render)
    }
}
