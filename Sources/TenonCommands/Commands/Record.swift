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

    @Flag(help: "Sign it, as 'tenon attest' does.")
    var sign = false

    @Option(help: ArgumentHelp("With --sign: the SSH key in this file, not that of Git's configuration.", valueName: "file"))
    var key: PathArgument?

    @Argument(help: ArgumentHelp("The model.", valueName: "model"))
    var model: RevisionPath

    /// What `--json` prints.
    private struct Report: Encodable {
        var record: String
        var subject: RunContent
        /// The fingerprint of the key that signed it.
        var key: String?
    }

    func validate() throws {
        if key != nil && !sign { throw ValidationError("--key goes with --sign") }
    }

    func run() throws {
        if metrics.isEmpty && report == nil { throw ValidationError("give a result: --metric or --report") }
        let session = try Session(common)
        let signer = sign ? try StatementSigner(session, key: key) : nil
        defer { signer?.finish() }
        let found = EnvironmentSurvey(environment: session.environment, command: []).place
        let request = RecordRequest(
            workTree: session.workTree, subject: try session.recordSubject(model), kind: kind,
            metrics: Dictionary(metrics.map { ($0.name, $0.value) }) { _, later in later }, report: try report.map { try session.paths.resolve($0) },
            dataset: try dataset.map { try session.paths.resolve($0) }, user: found.user, host: found.host, time: Clock.now())
        let reply = try session.perform(request)
        if let signer {
            var statements: [AttestedStatement] = []
            _ = try session.perform(AttestationsRequest(workTree: session.workTree, record: reply.record)) { item in
                if let statement = item.statement { statements.append(statement) }
            }
            _ = try signer.sign(statements)
        }
        try session.console.report(Report(record: reply.record, subject: reply.subject, key: signer?.fingerprint)) { reply in
            let presentation = session.presentation
            return "recorded \(presentation.identifier(reply.record)) of \(presentation.name(reply.subject.path))  "
                + "\(presentation.identifier(reply.subject.pointer.oid))\n"
                + (reply.key.map { "signed with \($0)\n" } ?? "")
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
