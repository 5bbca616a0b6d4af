import ArgumentParser
import TenonAPI

struct Which: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "which",
        abstract: "Find the artifacts, commits and runs that have these bytes.",
        discussion: """
            Code that runs executed uncommitted, and states that 'tenon recover' lists, are looked through as well. Exits with 1 if the bytes are nowhere.
            """)

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
        if reply.matches.isEmpty, reply.states?.isEmpty ?? true { throw ExitCode(1) }
    }

    private func identifier(_ text: String) throws -> String {
        guard let oid = OID(text: text.lowercased()) else {
            throw TenonError(.invalidArgument, "'\(subject)' is refused", cause: "after 'sha256:' come 64 hexadecimal digits")
        }
        return oid.description
    }
}
