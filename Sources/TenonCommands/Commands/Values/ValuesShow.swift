import ArgumentParser
import TenonAPI

/// `show`, of parameters as of metrics.
struct ValuesShow {
    var kind: ValueKind
    var options: ValueOptions
    var many: RevisionOptions
    var words: [String]

    static let discussion = """
        A revision is whatever Git takes for a commit, a range such as main..topic, or an experiment's name; without one, the work tree is meant. Files are those given, \
        else those that the stages of each revision declare; where there are none, the values are those that runs recorded of the artifacts there.
        """

    func run(_ common: CommonOptions) throws {
        let session = try Session(common)
        let source = ValueRevisions(session)
        let (named, files) = try source.split(words)
        var revisions = try many.revisions(named, source)
        if named.isEmpty, !many.isAsked { revisions = [.workTree] }
        let request = ValuesRequest(
            workTree: session.workTree, kind: kind, revisions: revisions, files: try session.paths.artifacts(files), keys: options.key)
        var found: [RevisionValues] = []
        let reply: ValuesRequest.Reply
        if common.json {
            reply = try session.perform(request) { found.append($0) }
            try session.console.document(AnswerDocument(reply: reply, items: found))
        } else {
            reply = try session.perform(request) { found.append($0) }
            let table = ValueTable(found, presentation: session.presentation)
            session.console.text(options.csv ? table.commaSeparated : table.text)
            session.complain(
                Set(found.flatMap(\.failed)).sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }.map(\.error))
            if reply.values == 0, found.allSatisfy(\.failed.isEmpty), !options.csv {
                session.console.text(ValueTable.nothing(kind, isNamed: !request.files.isEmpty || !options.key.isEmpty))
            }
        }
        session.console.flush()
        // One revision that can't be read is no reason to say that the others are not there.
        if reply.values == 0, !found.allSatisfy(\.failed.isEmpty) { throw ExitCode(2) }
    }
}
