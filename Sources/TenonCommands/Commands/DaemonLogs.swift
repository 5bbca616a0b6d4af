import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct DaemonLogs: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Print the end of the daemon's log.")

    @Option(name: .letter("n"), help: ArgumentHelp("So many lines.", valueName: "number"))
    var lines = 50

    @Flag(name: .shortAndLong, help: "Go on as the log grows, until interrupted.")
    var follow = false

    func validate() throws {
        if lines < 0 { throw ValidationError("--lines can't be negative") }
    }

    func run() throws {
        let environment = try ClientEnvironment.ofProcess()
        guard let path = StoreLocation(environment: environment).log() else {
            throw TenonError(.notFound, "the log can't be found", cause: "HOME is not set")
        }
        let log = try LogFile(path: path)
        OutputStream.write(log.lastLines(lines), to: STDOUT_FILENO)
        while follow {
            usleep(200_000)
            OutputStream.write(log.newBytes(), to: STDOUT_FILENO)
        }
    }
}
