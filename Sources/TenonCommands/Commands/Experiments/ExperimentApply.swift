import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Bring what an experiment changed into the work tree, data and all.",
        discussion: """
            Files that it changed, its parameters among them, become as it has them and are staged; artifacts that it made are brought. What was changed here \
            since it started is not overwritten, unless --force says so.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(name: .shortAndLong, help: "Overwrite what was changed here. Data that is stored nowhere is saved first: 'tenon recover' lists it.")
    var force = false

    @Argument(help: ArgumentHelp("The experiment.", valueName: "name"))
    var name: String

    /// What `--json` prints.
    private struct Report: Encodable {
        var experiment: ExperimentSummary
        var files: [WirePath]
        var restored: [RestoredArtifact]
        var failed: [FailedArtifact]
    }

    func run() throws {
        let session = try Session(common)
        let catalog = ExperimentCatalog(environment: session.environment)
        guard let entry = try catalog.entries(named: name).first else {
            throw ExperimentSelection.missing(name, try catalog.entries().map(\.name))
        }
        // Pointers follow their data first, so that changed data is a changed file to Git.
        _ = try session.perform(TrialPrepareRequest(workTree: session.workTree, scope: TrialScope(inputs: [])))
        let application = try ExperimentApplication(entry, session.workTree, session.environment)
        if !force { try application.requireUnchanged() }
        let shelf = try ExperimentShelf(environment: session.environment)
        try shelf.makeDirectory()
        try application.apply(scratch: shelf.scratch(ExperimentShelf.newID(time: Clock.now()), "paths"))
        // By name: in a clone without data, what nobody asks for is left out.
        var requests: [RestoreRequest] = []
        if !application.artifacts.isEmpty {
            requests.append(
                RestoreRequest(
                    workTree: session.workTree, mode: .overwrite, paths: application.artifacts, source: entry.commit,
                    environment: session.transferEnvironment))
        }
        if !application.removedArtifacts.isEmpty {
            requests.append(RestoreRequest(workTree: session.workTree, mode: .checkout, paths: application.removedArtifacts))
        }
        var reply = RestoreRequest.Reply(restored: [], failed: [])
        for request in requests {
            let part = try session.perform(request)
            reply.restored += part.restored
            reply.failed += part.failed
        }
        let report = Report(
            experiment: ExperimentSummary(entry), files: application.files, restored: reply.restored, failed: reply.failed)
        try session.console.report(report) { report in
            "Applied '\(displayName(report.experiment.name.utf8))': \(Quantity.count(report.files.count, "file")), "
                + "\(Quantity.count(report.restored.count, "artifact")) brought\n"
        }
        if !reply.failed.isEmpty {
            session.complain(of: reply.failed)
            throw ExitCode(2)
        }
    }
}
