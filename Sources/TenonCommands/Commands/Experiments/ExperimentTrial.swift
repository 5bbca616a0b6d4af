import ArgumentParser
import TenonAPI
import TenonClient

/// Runs one trial, in a process of its own; started by whoever works the queue off.
struct ExperimentTrial: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "trial", abstract: "Run one experiment that waits.", shouldDisplay: false)

    @Argument(help: ArgumentHelp("Its id.", valueName: "id"))
    var id: String

    func run() throws {
        let environment = try ClientEnvironment.ofProcess()
        let shelf = try ExperimentShelf(environment: environment)
        guard ExperimentShelf.isID(id), var trial = try TrialRun(id, shelf: shelf, environment: environment) else { return }
        try trial.run()
    }
}
