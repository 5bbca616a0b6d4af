import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Run the experiments that wait.",
        discussion: """
            They run in the background, in the environment of this command, until none is left. Those that were interrupted run again; those that failed or \
            were stopped do if they are named.
            """)

    @OptionGroup var common: CommonOptions

    @Option(name: .letter("j"), help: ArgumentHelp("How many trials may run at the same time.", valueName: "number"))
    var jobs = 1

    @Flag(help: "Stay, and tell what becomes of them.")
    var foreground = false

    @Argument(help: ArgumentHelp("Experiments, or groups of them, to run again.", valueName: "name"))
    var names: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var queued: Int
        /// The process that runs them; `nil`: one did already, and takes these too.
        var process: Int32?
    }

    func validate() throws {
        if !(1...1000).contains(jobs) { throw ValidationError("--jobs is a number from 1 to 1000") }
    }

    func run() throws {
        let session = try Session(common)
        let shelf = try ExperimentShelf(environment: session.environment)
        try requeue(shelf, session)
        let isFar = try session.executor(shelf).takesMany
        let waiting = shelf.all().filter { $0.status == .queued || isFar && $0.status == .running && $0.job != nil }.count
        if foreground {
            let progress = ExperimentProgress(shelf: shelf, presentation: session.presentation, isQuiet: common.quiet, total: waiting)
            var worker = try ExperimentQueue(
                shelf: shelf, environment: session.environment, executor: session.executor(shelf), jobs: jobs, observer: progress)
            let isInterrupted = try worker.work()
            if isInterrupted { throw ExitCode(Interruption.exitStatus) }
            if progress.ended.contains(where: { $0.status != .done }) { throw ExitCode(2) }
            return
        }
        var process: Int32?
        if waiting > 0, !shelf.isHeld(ExperimentShelf.queue) { process = try LocalExecutor.startWorker(shelf, session.environment, jobs: jobs) }
        try session.console.report(Report(queued: waiting, process: process)) { report in
            if report.queued == 0 { return "Nothing waits\n" }
            let words = report.process == nil ? "a worker runs already, and takes them" : "a worker runs them"
            return "\(Quantity.count(report.queued, "experiment")) queued: \(words); 'tenon exp list' shows how far it is\n"
        }
    }

    private func requeue(_ shelf: ExperimentShelf, _ session: Session) throws {
        let rows = try ExperimentSummary.all(shelf, ExperimentCatalog(environment: session.environment))
        let named = names.isEmpty ? [] : try ExperimentSelection(rows).select(names)
        if let done = named.first(where: { $0.status == .done }) {
            throw TenonError(
                .conflict, "'\(displayName(done.name.utf8))' can't run again", cause: "it has a result", hint: "tenon exp run makes another one")
        }
        for row in rows {
            let isNamed = named.contains { $0.name == row.name }
            guard row.status == .interrupted && names.isEmpty || isNamed && row.status != .running && row.status != .queued, let id = row.id else {
                continue
            }
            guard let lock = try shelf.lock(id), var state = shelf.state(id), state.status != .done else { continue }
            state.status = .queued
            state.reason = nil
            state.process = nil
            state.job = nil
            state.finished = nil
            try shelf.save(state)
            withExtendedLifetime(lock) {}
        }
    }
}
