import Glibc
import TenonAPI
import TenonClient

/// A command's hold on the work tree that it was started in, and on the daemon that serves it.
struct Session {
    let workTree: WorkTreeContext
    let paths: PathResolver
    let environment: ClientEnvironment
    private let daemon: DaemonSession

    init(_ settings: Console.Settings) throws {
        try self.init(settings, environment: try ClientEnvironment.ofProcess())
    }

    init(_ settings: Console.Settings, environment: ClientEnvironment, options: DaemonClient.Options = DaemonClient.Options()) throws {
        self.environment = environment
        workTree = try WorkTreeDiscovery(environment: environment).find()
        paths = PathResolver(workTree)
        daemon = try DaemonSession(settings, environment: environment, workTree: workTree, options: options)
    }

    init(_ options: CommonOptions) throws { try self.init(options.settings) }

    var console: Console { daemon.console }
    var presentation: Presentation { daemon.presentation }

    @discardableResult
    func report<R: Request>(
        _ request: R, item: (R.Item, Presentation) -> [UInt8] = { _, _ in [] }, reply: (R.Reply, Presentation) -> String
    ) throws -> R.Reply {
        try daemon.report(request, item: item, reply: reply)
    }

    func perform<R: Request>(_ request: R, isRepeatable: Bool = false, item: (R.Item) -> Void = { _ in }) throws -> R.Reply {
        try daemon.perform(request, isRepeatable: isRepeatable, item: item)
    }

    /// As `perform`, for at most `patience`; `nil`: the work is not done yet, and goes on if it outlives its client.
    func perform<R: Request>(_ request: R, patience: Duration?) throws -> R.Reply? { try daemon.perform(request, patience: patience) }

    func copyToOutput(_ request: CatRequest) throws { try daemon.copyToOutput(request) }

    /// What runs stages of the pipeline in this work tree. Logs of metrics lie in `metrics` meanwhile, if it is given.
    func stageRunner(_ sink: any StageSink, metrics: String? = nil) -> StageRunner {
        StageRunner(daemon: daemon, workTree: workTree, environment: environment, metricsDirectory: metrics ?? metricsDirectory, sink: sink)
    }

    /// The full id of the commit that `revision` names in Git's language.
    func resolve(_ revision: String) throws -> String {
        try GitCommand(environment: environment).resolveCommit(ArgumentEscape.bytes(of: revision))
    }

    /// Where the logs of metrics of runs that are under way lie: in this work tree's Git directory.
    var metricsDirectory: String {
        String(decoding: (workTree.gitDirectory ?? workTree.topLevel).bytes, as: UTF8.self) + "/tenon/metrics"
    }

    /// The variables by which remotes are reached.
    var transferEnvironment: [String: String] { environment.forTransfers }

    /// A remote's URL as typed: a path is made absolute from where the person stands.
    func remoteURL(_ text: String) throws -> String {
        let bytes = ArgumentEscape.bytes(of: text)
        if text.contains("://") || bytes.first == UInt8(ascii: "/") { return String(decoding: bytes, as: UTF8.self) }
        // `host:path`, as Git takes it, is no directory here.
        if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            let path = text[text.index(after: colon)...].drop { $0 == "/" }
            throw TenonError(
                .invalidArgument, "'\(displayName(bytes))' can't be a remote", cause: "no remote is written so",
                hint: "ssh://\(displayName(text[..<colon].utf8))/\(displayName(path.utf8)) for a host; ./\(displayName(bytes)) for a directory here")
        }
        return String(decoding: try absolute(PathArgument(bytes: bytes)).bytes, as: UTF8.self)
    }

    /// `path` made absolute from where the person stands.
    func absolute(_ path: PathArgument) throws -> WirePath {
        try PathResolver.absolute(path, from: environment.directory)
    }

    /// The commit and top-relative path that `[REV:]PATH` names; nothing names the place where the person stands.
    func place(_ target: RevisionPath?) throws -> (commit: String?, path: WirePath) {
        guard let target else { return (nil, workTree.prefix) }
        guard let revision = target.revision else { return (nil, try paths.resolve(PathArgument(bytes: target.path))) }
        return (try resolve(revision), try paths.resolveInTree(target.path))
    }

    /// Tells revisions from paths, asking Git.
    var revisionWords: RevisionWords {
        RevisionWords(
            resolve: { revision in
                do {
                    return try resolve(revision)
                } catch let error as TenonError where error.code == .notFound {
                    return nil
                }
            }, exists: RevisionWords.existsOnDisk)
    }

    /// Runs `git` in the person's terminal and returns its exit status. What was written so far stands before what it prints; with `--json`, what
    /// it prints goes to standard error.
    func git(_ arguments: [String]) throws -> CInt {
        try withTerminal { try GitCommand(environment: environment).run(arguments.map(ArgumentEscape.bytes)) }
    }

    /// Runs a command of the person's in the same way.
    func foreground(_ command: [[UInt8]], variables: [String: String] = [:]) throws -> Foreground.Ending {
        try withTerminal { try Foreground.run(command, variables: variables) }
    }

    /// Runs `body`, which starts a program in the person's terminal, in the same way.
    func withTerminal<Result>(_ body: () throws -> Result) throws -> Result {
        console.flush()
        let output = console.isJSON ? dup(STDOUT_FILENO) : -1
        if output >= 0 { dup2(STDERR_FILENO, STDOUT_FILENO) }
        defer {
            if output >= 0 {
                dup2(output, STDOUT_FILENO)
                close(output)
            }
        }
        return try Interruption.leftToChild(body)
    }

    /// Says on standard error what could not be brought, so that it is seen whatever becomes of standard output.
    func complain(of failures: [FailedArtifact]) { complain(failures.map { MovingText.error($0, presentation) }) }

    /// Says errors that the command does not end with.
    func complain(_ errors: [TenonError]) {
        console.flush()
        let style = Console.style(console.settings.color, for: STDERR_FILENO)
        for error in errors { OutputStream.write(ErrorText.text(error, style: style).utf8, to: STDERR_FILENO) }
    }
}
