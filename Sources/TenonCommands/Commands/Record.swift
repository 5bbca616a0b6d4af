import ArgumentParser
import TenonAPI
import TenonClient

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Bind a result to a model's bytes: a validation, or how it does in use.",
        discussion: "The record is about these very bytes, wherever they are; 'tenon push' takes it along.")

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("What it is: validation or monitoring.", valueName: "kind"))
    var kind: RecordRequest.Kind

    @Option(name: [.customShort("m"), .customLong("metric")], help: ArgumentHelp("A number; may be repeated.", valueName: "name=value"))
    var metrics: [MetricArgument] = []

    @Option(help: ArgumentHelp("A file that tells more.", valueName: "file"))
    var report: PathArgument?

    @Option(help: ArgumentHelp("The artifact that it was evaluated on.", valueName: "artifact"))
    var dataset: PathArgument?

    @Argument(help: ArgumentHelp("The model.", valueName: "model"))
    var model: RevisionPath

    func run() throws {
        if metrics.isEmpty && report == nil { throw ValidationError("give a result: --metric or --report") }
        let session = try Session(common)
        let found = EnvironmentSurvey(environment: session.environment, command: []).place
        let request = RecordRequest(
            workTree: session.workTree, subject: try session.recordSubject(model), kind: kind,
            metrics: Dictionary(metrics.map { ($0.name, $0.value) }) { _, later in later }, report: try report.map { try session.paths.resolve($0) },
            dataset: try dataset.map { try session.paths.resolve($0) }, user: found.user, host: found.host, time: Clock.now())
        try session.report(request) { reply, presentation in
            "recorded \(presentation.identifier(reply.record)) of \(presentation.name(reply.subject.path))  "
                + "\(presentation.identifier(reply.subject.pointer.oid))\n"
        }
    }
}

extension RecordRequest.Kind: ExpressibleByArgument {}

extension Session {
    /// The content that `[REV:]PATH` or `sha256:HEX` names.
    func recordSubject(_ target: RevisionPath) throws -> RecordSubject {
        if target.revision == "sha256", let oid = OID(text: "sha256:" + String(decoding: target.path, as: UTF8.self).lowercased()) {
            return RecordSubject(oid: oid.description)
        }
        let (commit, path) = try place(target)
        return RecordSubject(path: path, commit: commit)
    }
}
