import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct Clone: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Clone a Git repository with its data.",
        discussion: """
            Runs 'git clone' and 'tenon init', fetches the references of experiments, then fetches and restores the data of the commit that was checked \
            out, with the records of the runs that it comes from. Remotes that tenon.yaml proposes \
            are used only with --trust; without it they are named, and the data is brought once one was trusted. With --no-data or --path the clone stays \
            partial: hooks, 'tenon pull' and 'tenon checkout' leave artifacts without data as they are; 'tenon restore PATH' brings one, and from then \
            on it follows. 'git config --unset tenon.partial' ends that.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Agree to the remotes that the repository's tenon.yaml proposes.")
    var trust = false

    @Flag(help: "Bring no data; 'tenon restore PATH' and 'tenon cat' then fetch what they need.")
    var noData = false

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp("Bring only this artifact, or file or directory inside one; may be repeated.", valueName: "path"))
    var path: [PathArgument] = []

    @Option(name: .letter("b"), help: ArgumentHelp("Check out this branch or tag in place of the remote HEAD.", valueName: "name"))
    var branch: String?

    @Argument(help: ArgumentHelp("The Git repository.", valueName: "git-url"))
    var url: String

    @Argument(help: ArgumentHelp("Where to; by default named as the repository.", valueName: "dir"))
    var directory: PathArgument?

    /// What `--json` prints.
    private struct Report: Encodable {
        var directory: WirePath
        var remotes: [RemoteSummary]
        /// `nil` where nothing was to be fetched, or there is no remote to fetch from.
        var fetch: FetchRequest.Reply?
        var restore: RestoreRequest.Reply?
    }

    func validate() throws {
        if noData && !path.isEmpty { throw ValidationError("--no-data and --path exclude each other") }
    }

    func run() throws {
        let source = ArgumentEscape.bytes(of: url)
        let target = try directory?.bytes ?? Self.directoryName(of: source)
        try clone(source, to: target)
        try GlobalOptions.change(to: target)
        let initialise = try Init.parse(["--quiet", "--color", common.color.rawValue])
        try initialise.run()
        if noData || !path.isEmpty { try configure("tenon.partial", "true") }
        let experiments = ExperimentRefs(environment: try ClientEnvironment.ofProcess())
        if try Interruption.leftToChild({ try experiments.fetch(isQuiet: true) }) != 0 {
            OutputStream.write("tenon: the experiments were not fetched: 'tenon fetch --experiments' tries again\n".utf8, to: STDERR_FILENO)
        }

        let session = try Session(common)
        let remotes = try trusted(session)
        var report = Report(directory: session.workTree.topLevel, remotes: remotes)
        /// What is not here, and can't be fetched yet.
        var left: [FailedArtifact] = []
        if !noData, remotes.contains(where: \.trusted) {
            let paths = try session.paths.scope(path)
            let environment = session.transferEnvironment
            let fetched = try session.perform(FetchRequest(workTree: session.workTree, paths: paths, environment: environment))
            session.console.text(SharingText.render(fetched, dryRun: false, session.presentation))
            let request = RestoreRequest(
                workTree: session.workTree, mode: paths.isEmpty ? .checkout : .overwrite, paths: paths, environment: environment)
            let restored = try session.perform(request)
            session.console.text(MovingText.render(restored, session.presentation))
            (report.fetch, report.restore) = (fetched, restored)
        } else if !noData {
            // The store may have it, of another clone.
            let paths = try session.paths.scope(path)
            let restored = try session.perform(
                RestoreRequest(workTree: session.workTree, mode: paths.isEmpty ? .checkout : .overwrite, paths: paths))
            session.console.text(MovingText.render(restored, session.presentation))
            report.restore = restored
            left = restored.failed.filter { $0.error.code == .missingContent }
        }
        if !left.isEmpty {
            let remedy = remotes.first.map { "tenon remote trust \(displayName($0.name.utf8))" } ?? "tenon remote add NAME URL"
            session.console.text(
                "The data of \(Quantity.count(left.count, "artifact")) is not here: no remote is used yet. '\(remedy)', then 'tenon pull'.\n")
        }
        if session.console.isJSON { try session.console.document(report) }
        session.console.flush()
        let failures = (report.restore?.failed ?? []).filter { !left.contains($0) }
        session.complain(of: failures)
        if !failures.isEmpty { throw ExitCode(2) }
    }

    private func clone(_ source: [UInt8], to target: [UInt8]) throws {
        let branch = branch.map { [Array("--branch".utf8), ArgumentEscape.bytes(of: $0)] } ?? []
        let arguments = [Array("clone".utf8)] + (common.quiet ? [Array("--quiet".utf8)] : []) + branch + [Array("--".utf8), source, target]
        let environment = try ClientEnvironment.ofProcess()
        let status = try Interruption.leftToChild { try GitCommand(environment: environment).run(arguments) }
        try GitExit.check(status, "the repository was not cloned", "git clone", Console(common.settings))
    }

    /// Notes something in the configuration of the new clone.
    private func configure(_ key: String, _ value: String) throws {
        let words = ["config", "--local", key, value].map { Array($0.utf8) }
        guard try GitCommand(environment: ClientEnvironment.ofProcess()).run(words) == 0 else {
            throw TenonError(.git, "the clone is not complete", cause: "'git config \(key) \(value)' failed")
        }
    }

    /// All remotes, after those that are proposed were agreed to, if that was asked for.
    private func trusted(_ session: Session) throws -> [RemoteSummary] {
        var remotes = try session.perform(RemoteRequest(workTree: session.workTree, action: .list)).remotes
        for proposed in remotes where !proposed.trusted {
            guard trust else {
                session.console.text("tenon.yaml proposes a remote: \(SharingText.proposal(proposed))\n")
                continue
            }
            let request = RemoteRequest(
                workTree: session.workTree, action: .trust, name: proposed.name, environment: session.transferEnvironment)
            do {
                remotes = try session.perform(request).remotes
            } catch var error as TenonError {
                let remedy = "the clone is here without its data: 'tenon remote trust \(displayName(proposed.name.utf8))' in it, then 'tenon pull'"
                error.hint = error.hint.map { "\($0); \(remedy)" } ?? remedy
                throw error
            }
        }
        return remotes
    }

    /// The directory that `git clone` makes of a URL: its last component without `.git`.
    static func directoryName(of url: [UInt8]) throws(TenonError) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        var rest = url[...]
        while rest.last == slash { rest.removeLast() }
        for suffix in ["/.git", ".git"] where rest.count > suffix.utf8.count && rest.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
            rest.removeLast(suffix.utf8.count)
            break
        }
        let name = Array(rest[(rest.lastIndex { $0 == slash || $0 == UInt8(ascii: ":") }.map { $0 + 1 } ?? rest.startIndex)...])
        guard !name.isEmpty, name != Array(".".utf8), name != Array("..".utf8) else {
            throw TenonError(.invalidArgument, "no directory can be named after '\(displayName(url))'", hint: "name one: tenon clone URL DIR")
        }
        return name
    }
}
