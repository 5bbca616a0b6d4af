import ArgumentParser

struct DaemonStart: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start the daemon if it does not run.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try DaemonSession(common)
        try session.write(session.client.startDaemon(), text: CareText.render)
    }
}
