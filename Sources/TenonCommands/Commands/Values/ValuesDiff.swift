import ArgumentParser
import TenonAPI

/// `diff`, of parameters as of metrics.
struct ValuesDiff {
    var kind: ValueKind
    var options: ValueOptions
    var all: Bool
    var exitCode: Bool
    var words: [String]

    static let discussion = """
        Without a revision: the work tree against HEAD. With one: the work tree against that commit or experiment. With two, or A..B: the second against the first. \
        Files are those given, else those that the stages of each revision declare; where there are none, the values are those that runs recorded of the artifacts there.
        """

    func run(_ common: CommonOptions) throws {
        let session = try Session(common)
        let (named, files) = try ValueRevisions(session).splitPair(words)
        let from = try named.first ?? NamedRevision(name: "HEAD", commit: session.resolve("HEAD"))
        let request = ValuesDiffRequest(
            workTree: session.workTree, kind: kind, from: from, to: named.dropFirst().first ?? .workTree,
            files: try session.paths.artifacts(files), keys: options.key, all: all)
        let reply: ValuesDiffRequest.Reply
        if options.csv {
            reply = try session.perform(request)
            session.console.text(ValueDiffText.commaSeparated(reply))
            session.console.flush()
        } else {
            reply = try session.report(request, reply: ValueDiffText.render)
        }
        session.complain(reply.failed.map(\.error))
        if !reply.failed.isEmpty { throw ExitCode(2) }
        if exitCode, reply.changes.contains(where: { $0.change != nil }) { throw ExitCode(1) }
    }
}
