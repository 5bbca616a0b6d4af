import TenonAPI
import TenonClient

/// The hook of a bare repository, for whoever administers it. No daemon is asked.
struct ServerHookAdministration {
    let repository: ServerRepository
    /// The program that the hook runs.
    let program: String
    private let environment: ClientEnvironment

    init(_ path: PathArgument) throws {
        environment = try ClientEnvironment.ofProcess()
        guard let program = environment.lastingProgram else {
            throw TenonError(.io, "the hook can't be installed", cause: "the path of this program is not known")
        }
        self.program = program
        repository = try ServerRepository(
            at: try PathResolver.absolute(path, from: environment.directory).bytes, environment: environment)
    }

    /// A remote's URL as typed; a path is made absolute from where the person stands.
    func url(_ text: String) throws -> String {
        try text.contains("://") ? text : file(PathArgument(bytes: ArgumentEscape.bytes(of: text)))
    }

    /// The path of a file, made absolute from where the person stands.
    func file(_ path: PathArgument) throws -> String {
        String(decoding: try PathResolver.absolute(path, from: environment.directory).bytes, as: UTF8.self)
    }

    func carryOut(_ plan: ServerHookPlan, _ console: Console) throws {
        let lock = try HookLock(commonDirectory: repository.path)
        try repository.execute(plan)
        _ = consume lock
        try console.report(try report(plan)) { ServerHookText.render($0, console) }
    }

    /// How the hook stands now.
    ///
    /// - Parameter done: what was just done.
    func report(_ done: ServerHookPlan? = nil) throws -> ServerHookReport {
        let now = try ServerRepository(at: Array(repository.path.utf8), environment: environment)
        return ServerHookReport(
            repository: now.path, hook: now.standing(program: program), settings: now.settings, changed: done.map { !$0.steps.isEmpty },
            notes: done?.notes ?? [])
    }
}

/// What `tenon server-hook` prints.
struct ServerHookReport: Encodable {
    var repository: String
    var hook: HookStanding
    /// `tenon.server.*`, without that prefix.
    var settings: [String: String]
    /// Whether anything had to be done to the hook; `nil` where nothing was asked for.
    var changed: Bool?
    /// What was found and what became of it.
    var notes: [String]
}
