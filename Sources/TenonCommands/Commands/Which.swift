import ArgumentParser
import TenonAPI

struct Which: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "which",
        abstract: "Find the artifacts, commits and runs that have these bytes.", discussion: "Exits with 1 if no commit binds them.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("A file or directory, or the hash of one.", valueName: "file|sha256:hex"))
    var subject: PathArgument

    func run() throws {
        let session = try Session(common)
        let text = String(decoding: subject.bytes, as: UTF8.self)
        let request =
            if text.hasPrefix("sha256:") {
                WhichRequest(workTree: session.workTree, oid: try identifier(text))
            } else {
                WhichRequest(workTree: session.workTree, file: try session.absolute(subject))
            }
        let reply = try session.report(request, reply: HistoryText.render)
        if reply.matches.isEmpty { throw ExitCode(1) }
    }

    private func identifier(_ text: String) throws -> String {
        guard let oid = OID(text: text.lowercased()) else {
            throw TenonError(.invalidArgument, "'\(subject)' is refused", cause: "after 'sha256:' come 64 hexadecimal digits")
        }
        return oid.description
    }
}
