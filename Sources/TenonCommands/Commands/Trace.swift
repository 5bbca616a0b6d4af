import ArgumentParser
import TenonAPI

struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show the runs, data and code that something comes from, or what came of it.",
        discussion: """
            The subject is an artifact or a file in one ([REV:]PATH), any file by its bytes, or a hash: of content, or of a run's record. Follows records in \
            all repositories of the store. Exits with 1 if no run and no commit knows it.
            """)

    /// How the answer is written.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, dot
    }

    @OptionGroup var common: CommonOptions

    @Flag(help: "What was made from it.")
    var forward = false

    @Option(help: ArgumentHelp("How to write it.", valueName: "format"))
    var format: Format = .text

    @Argument(help: ArgumentHelp("What to trace.", valueName: "path|sha256:hex|file"))
    var subject: RevisionPath

    func run() throws {
        var settings = common.settings
        if format == .json { settings.json = true }
        let session = try Session(settings)
        let reply = try session.report(request(session)) { reply, presentation in
            format == .dot ? TraceGraph.dot(reply) : TraceText.render(reply, forward: forward, presentation)
        }
        if reply.runs.isEmpty, reply.contents.allSatisfy({ $0.commits.isEmpty && $0.madeBy.isEmpty && $0.readBy.isEmpty }) { throw ExitCode(1) }
    }

    private func request(_ session: Session) throws -> TraceRequest {
        let text = String(decoding: subject.path, as: UTF8.self)
        if subject.revision == "sha256", let oid = OID(text: "sha256:" + text.lowercased()) {
            return TraceRequest(workTree: session.workTree, oid: oid.description, forward: forward)
        }
        if let revision = subject.revision {
            let path = try session.paths.resolveInTree(subject.path)
            return TraceRequest(workTree: session.workTree, path: path, commit: try session.resolve(revision), forward: forward)
        }
        let typed = PathArgument(bytes: subject.path)
        // What lies outside of the work tree, or is no artifact of it, is known by its bytes alone.
        let file = try session.absolute(typed)
        guard let path = try? session.paths.resolve(typed), !path.bytes.isEmpty else {
            return TraceRequest(workTree: session.workTree, file: file, forward: forward)
        }
        return TraceRequest(workTree: session.workTree, file: file, path: path, forward: forward)
    }
}
