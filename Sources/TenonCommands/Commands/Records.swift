import ArgumentParser
import TenonAPI

struct Records: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "Show what is recorded of a model: runs, validations, monitoring.", discussion: "Exits with 1 if nothing is.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The model.", valueName: "model"))
    var model: RevisionPath

    func run() throws {
        let session = try Session(common)
        let request = RecordsRequest(workTree: session.workTree, subject: try session.recordSubject(model))
        let reply = try session.report(request, reply: RecordsText.render)
        if reply.records.isEmpty { throw ExitCode(1) }
    }
}
