import ArgumentParser
import TenonAPI
import TenonClient

struct ExperimentBranch: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "branch", abstract: "Make a branch of an experiment.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The experiment.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("The branch; called as the experiment if not given.", valueName: "branch"))
    var branch: String?

    /// What `--json` prints.
    private struct Report: Encodable {
        var branch: String
        var commit: String
    }

    func run() throws {
        let session = try Session(common)
        let catalog = ExperimentCatalog(environment: session.environment)
        guard let entry = try catalog.entries(named: name).first else {
            throw ExperimentSelection.missing(name, try catalog.entries().map(\.name))
        }
        let report = Report(branch: branch ?? name, commit: entry.commit)
        let status = try session.git(["branch", "--no-track", "--", report.branch, entry.commit])
        try GitExit.check(status, "the branch '\(displayName(report.branch.utf8))' was not made", "git branch", session.console)
        try session.console.report(report) {
            "Branch '\(displayName($0.branch.utf8))' is at \(session.presentation.identifier($0.commit)); 'tenon checkout \(displayName($0.branch.utf8))' goes there\n"
        }
    }
}
