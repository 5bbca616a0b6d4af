import ArgumentParser
import TenonAPI
import TenonClient

/// Works the queue off; started by `tenon exp start`.
struct ExperimentWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run the experiments that wait, until none is left.", shouldDisplay: false)

    @Option(name: .letter("j"), help: ArgumentHelp("How many trials may run at the same time.", valueName: "number"))
    var jobs = 1

    func run() throws {
        let environment = try ClientEnvironment.ofProcess()
        let shelf = try ExperimentShelf(environment: environment)
        let progress = ExperimentProgress(shelf: shelf, presentation: Presentation(), isQuiet: false, total: 0)
        var worker = try ExperimentQueue(
            shelf: shelf, environment: environment, executor: Session.executor(shelf, environment), jobs: jobs, observer: progress)
        if try worker.work() { throw ExitCode(Interruption.exitStatus) }
    }
}
