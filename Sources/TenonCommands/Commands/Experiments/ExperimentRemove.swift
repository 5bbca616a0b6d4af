import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove experiments from this clone.",
        discussion: "What was pushed stays where it is. Those that run are stopped first with 'tenon exp stop'.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "All that wait.")
    var queued = false

    @Flag(help: "All that failed, were stopped or interrupted.")
    var failed = false

    @Flag(help: "All that have a result.")
    var done = false

    @Argument(help: ArgumentHelp("Experiments, or groups of them.", valueName: "name"))
    var names: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var removed: [String]
    }

    func validate() throws {
        if names.isEmpty, !queued, !failed, !done { throw ValidationError("name what to remove, or say --queued, --failed or --done") }
    }

    func run() throws {
        let session = try Session(common)
        let shelf = try ExperimentShelf(environment: session.environment)
        let rows = try ExperimentSummary.all(shelf, ExperimentCatalog(environment: session.environment))
        var chosen = names.isEmpty ? [] : try ExperimentSelection(rows).select(names)
        chosen += rows.filter { row in
            switch row.status {
            case .queued: queued
            case .failed, .stopped, .interrupted: failed
            case .done: done
            case .running: false
            }
        }
        if let running = chosen.first(where: { $0.status == .running }) {
            throw TenonError(.busy, "'\(displayName(running.name.utf8))' can't be removed", cause: "it runs", hint: "tenon exp stop \(running.name)")
        }
        let git = GitCommand(environment: session.environment)
        var removed: [String] = []
        for row in chosen where !removed.contains(row.name) {
            if let commit = row.commit {
                let answer = try git.output([
                    "-c", "core.hooksPath=/dev/null", "update-ref", "-d", ExperimentDocument.referencePrefix + row.name, commit,
                ])
                guard answer.status == 0 else {
                    throw TenonError(.git, "'\(displayName(row.name.utf8))' can't be removed", cause: answer.complaint)
                }
                // The id is what the commit says: it may be that of another that runs here.
                if let id = row.id, shelf.state(id) == nil { shelf.remove(id) }
            } else if let id = row.id {
                guard let lock = try shelf.lock(id) else {
                    throw TenonError(
                        .busy, "'\(displayName(row.name.utf8))' can't be removed", cause: "it has just started", hint: "tenon exp stop \(row.name)")
                }
                TrialWorkTree(path: shelf.workTree(id), environment: session.environment).remove()
                shelf.remove(id)
                withExtendedLifetime(lock) {}
            }
            removed.append(row.name)
        }
        TrialReferences(shelf: shelf, environment: session.environment).prune()
        try session.console.report(Report(removed: removed)) { report in
            report.removed.isEmpty ? "Nothing is like that\n" : "Removed \(Quantity.count(report.removed.count, "experiment"))\n"
        }
    }
}
