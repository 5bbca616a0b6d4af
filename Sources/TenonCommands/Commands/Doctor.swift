import ArgumentParser
import TenonAPI
import TenonClient

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Prove that everything that Tenon relies on works here.",
        discussion: """
            Looks at the programs, the store, the limits of the system and the work tree, and makes Git run each hook for real in a work tree that is there \
            for a moment; branches, index, reflogs and files stay as they are. Exits with 1 if anything is wrong.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let environment = try ClientEnvironment.ofProcess()
        let console = Console(common.settings)
        let workTree = try workTree(environment)
        let session = try DaemonSession(common.settings, environment: environment, workTree: workTree)
        var report = DoctorReport()
        Examination(environment: environment, workTree: workTree, client: session.client).run {
            guard let workTree else { throw TenonError(.notARepository, "there is no work tree here") }
            return try RepositoryHooks(workTree, environment: environment).standings()
        } _: { finding in
            report.findings.append(finding)
            console.text(DoctorText.render(finding, console.style))
            console.flush()
        }
        try console.report(report, text: DoctorText.summary)
        if !report.isHealthy { throw ExitCode(1) }
    }

    /// `nil` where there is none around; what makes one unusable is thrown.
    private func workTree(_ environment: ClientEnvironment) throws -> WorkTreeContext? {
        do {
            return try WorkTreeDiscovery(environment: environment).find()
        } catch  where error.code == .notARepository {
            return nil
        }
    }
}
