import TenonAPI
import TenonClient

/// The hooks of the repository that a command stands in. No daemon is asked.
struct RepositoryHooks {
    let workTree: WorkTreeContext
    let environment: ClientEnvironment
    /// The program that the hooks run.
    let program: String

    init(_ workTree: WorkTreeContext, environment: ClientEnvironment) throws {
        self.workTree = workTree
        self.environment = environment
        guard let program = environment.lastingProgram else {
            throw TenonError(.io, "the hooks can't be installed", cause: "the path of this program is not known")
        }
        self.program = program
    }

    init() throws {
        let environment = try ClientEnvironment.ofProcess()
        try self.init(try WorkTreeDiscovery(environment: environment).find(), environment: environment)
    }

    func install() throws -> HookPlan {
        try carryOut { try HookPlan.installing($0, program: program) }
    }

    func uninstall() throws -> HookPlan {
        try carryOut { HookPlan.uninstalling($0) }
    }

    private func carryOut(_ plan: (HookSurvey) throws -> HookPlan) throws -> HookPlan {
        let lock = try HookLock(commonDirectory: try HookSurvey.commonDirectory(workTree, environment: environment))
        let survey = try survey()
        let plan = try plan(survey)
        try plan.execute(environment: environment, topLevel: survey.topLevel)
        _ = consume lock
        return plan
    }

    /// Tells Git of the merge and diff drivers. Returns whether it was not told yet.
    @discardableResult
    func installDrivers() throws -> Bool { try DriverConfiguration.install(workTree, program: program, environment: environment) }

    func uninstallDrivers() throws -> Bool { try DriverConfiguration.uninstall(workTree, environment: environment) }

    /// How the hooks stand now.
    ///
    /// - Parameters:
    ///   - done: what was just done.
    ///   - drivers: whether drivers were entered or taken out besides.
    func report(_ done: HookPlan? = nil, drivers: Bool = false) throws -> HooksReport {
        let survey = try survey()
        let plan = try? HookPlan.installing(survey, program: program)
        return HooksReport(
            manner: survey.installed?.name, directory: survey.installed == .files ? survey.directory : survey.ownDirectory,
            hooksPath: survey.hooksPath?.value, git: survey.git.description, hooks: survey.standings(plan),
            changed: done.map { !$0.isEmpty || drivers },
            notes: done?.notes ?? [])
    }

    /// How each hook stands, and what was found of them.
    func standings() throws -> (HookSurvey, [HookStanding]) {
        let survey = try survey()
        return (survey, survey.standings(try? HookPlan.installing(survey, program: program)))
    }

    /// Writes what an installation, or taking out, has done.
    func write(_ plan: HookPlan, drivers: Bool, _ console: Console) throws {
        try console.report(try report(plan, drivers: drivers)) { HooksText.render($0, console) }
    }

    private func survey() throws -> HookSurvey { try HookSurvey.read(workTree, environment: environment) }
}
