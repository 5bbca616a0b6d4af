import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct ExperimentStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop experiments that run, and take back those that wait.",
        discussion: "They can be started again: tenon exp start NAME.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "All that run or wait.")
    var all = false

    @Flag(name: .shortAndLong, help: "End their commands at once, without a chance to clean up.")
    var kill = false

    @Argument(help: ArgumentHelp("Experiments, or groups of them.", valueName: "name"))
    var names: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var stopped: [String]
    }

    /// How long a command may take to end when it is asked to.
    private static let patience = 10_000
    private static let interval: CInt = 100

    func validate() throws {
        if names.isEmpty, !all { throw ValidationError("name what to stop, or say --all") }
    }

    func run() throws {
        let session = try Session(common)
        let shelf = try ExperimentShelf(environment: session.environment)
        let rows = try ExperimentSummary.all(shelf, ExperimentCatalog(environment: session.environment))
        let chosen = try ExperimentSelection(rows).select(names).filter { [.queued, .running, .interrupted].contains($0.status) }
        // First those that wait: else they would take the places of the others.
        var stopped: [String] = []
        let states = chosen.compactMap { $0.id.flatMap { shelf.state($0) } }
        for state in states where shelf.status(state) != .running {
            if state.job != nil { try session.executor(of: state, shelf).cancel(state, isForced: false) }
            if try mark(state.id, shelf, session) { stopped.append(state.name) }
        }
        for state in states {
            if let now = shelf.state(state.id), now.status == .running { try session.executor(of: now, shelf).cancel(now, isForced: kill) }
        }
        var left: [String] = []
        for state in states where !stopped.contains(state.name) {
            var waited = 0
            while let now = shelf.state(state.id), now.status == .running, case let executor = try session.executor(of: now, shelf),
                try executor.isAtWork(now)
            {
                pause(&waited)
                if waited % ExperimentStop.patience == 0 { try executor.cancel(now, isForced: true) }
            }
            // It has said that it is over, and clears up what it had.
            waited = 0
            while shelf.isHeld(state.id), waited < ExperimentStop.patience { pause(&waited) }
            if try mark(state.id, shelf, session) {
                stopped.append(state.name)
            } else if shelf.isHeld(state.id) {
                left.append(state.name)
            }
        }
        try session.console.report(Report(stopped: stopped)) { report in
            report.stopped.isEmpty && left.isEmpty
                ? "Nothing like that runs or waits\n" : "Stopped \(Quantity.count(report.stopped.count, "experiment"))\n"
        }
        if let first = left.first {
            throw TenonError(
                .busy, "'\(displayName(first.utf8))' is not wholly stopped", cause: "something that its command has started still runs",
                hint: "end it by hand; then: tenon exp stop \(first)")
        }
    }

    private func pause(_ waited: inout Int) {
        poll(nil, 0, ExperimentStop.interval)
        waited += Int(ExperimentStop.interval)
    }

    /// Notes that it was stopped. Returns `false` if it has a result by now.
    private func mark(_ id: String, _ shelf: ExperimentShelf, _ session: Session) throws -> Bool {
        guard let lock = try shelf.lock(id), var state = shelf.state(id), state.status != .done else { return false }
        defer { withExtendedLifetime(lock) {} }
        state.status = .stopped
        state.reason = nil
        state.process = nil
        state.job = nil
        state.finished = Clock.now()
        try shelf.save(state)
        TrialWorkTree(path: shelf.workTree(id), environment: session.environment).remove()
        return true
    }
}
