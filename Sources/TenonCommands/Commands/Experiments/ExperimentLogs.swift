import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct ExperimentLogs: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Print what an experiment's commands have written here.")

    @Flag(name: .shortAndLong, help: "Go on as it writes, until it ends.")
    var follow = false

    @Argument(help: ArgumentHelp("The experiment.", valueName: "name"))
    var name: String

    func run() throws {
        let environment = try ClientEnvironment.ofProcess()
        let shelf = try ExperimentShelf(environment: environment)
        guard let id = try identifier(shelf, environment) else {
            throw TenonError(
                .notFound, "'\(displayName(name.utf8))' has no log here", hint: "logs stay in the clone that an experiment ran in; tenon exp list")
        }
        let descriptor = open(shelf.log(id), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TenonError(.notFound, "'\(displayName(name.utf8))' has no log here", cause: "it has not started yet, or its log was removed")
        }
        defer { close(descriptor) }
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // Asked before it is read: what was written until the end is then in the file.
            let isRunning = shelf.state(id).map { shelf.status($0) == .running } ?? false
            while true {
                let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { break }
                OutputStream.write(block[..<count], to: STDOUT_FILENO)
            }
            guard follow, isRunning else { return }
            poll(nil, 0, 200)
        }
    }

    private func identifier(_ shelf: ExperimentShelf, _ environment: ClientEnvironment) throws -> String? {
        if let state = shelf.all().last(where: { $0.name == name || $0.id == name }) { return state.id }
        return try ExperimentCatalog(environment: environment).entries(named: name).first.flatMap { ExperimentSummary($0).id }
    }
}
