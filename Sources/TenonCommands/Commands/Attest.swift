import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct Attest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Sign what is recorded of the artifacts that a commit binds.",
        discussion: """
            Signs the record of the run that made each artifact (in-toto statement, SLSA provenance), and of artifacts that no run made a statement that \
            the commit binds them. The key is the SSH key that 'git commit -S' takes with gpg.format ssh. The signatures are stored with the records, \
            and 'tenon push' takes them along. 'tenon verify --attestations' checks them; --output writes DSSE envelopes, one a line, that other tools read.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Sign with the SSH key in this file, not with that of Git's configuration.", valueName: "file"))
    var key: PathArgument?

    @Flag(help: "Sign nothing: with --output, write what is signed already.")
    var noSign = false

    @Option(name: .letter("o"), help: ArgumentHelp("Write the signed statements as JSON lines; '-' is standard output.", valueName: "file"))
    var output: PathArgument?

    @Argument(help: ArgumentHelp("The commit; or one record, such as a validation.", valueName: "rev|record"))
    var revision = "HEAD"

    /// What `--json` prints.
    struct Report: Encodable {
        struct Statement: Encodable {
            var record: String
            var kind: RecordSummary.Kind
            var artifacts: [WirePath]
            /// Whether it was signed just now; else it was before.
            var signed: Bool
            var keys: [String]
        }

        /// The fingerprint of the key that signed; `nil`: nothing was to be signed.
        var key: String?
        var statements: [Statement]
        var artifacts: Int
    }

    func validate() throws {
        if noSign && output == nil { throw ValidationError("--no-sign goes with --output") }
        if noSign && key != nil { throw ValidationError("--no-sign and --key exclude each other") }
        if isOutputStandard && common.json { throw ValidationError("--json and '--output -' exclude each other") }
    }

    private var isOutputStandard: Bool { output?.bytes == [UInt8(ascii: "-")] }

    func run() throws {
        let session = try Session(common)
        let signer = noSign ? nil : try StatementSigner(session, key: key)
        defer { signer?.finish() }
        var request = AttestationsRequest(workTree: session.workTree, prepares: !noSign)
        if revision.hasPrefix("sha256:") { request.record = revision } else { request.commits = [try session.resolve(revision)] }
        var statements: [AttestedStatement] = []
        var artifacts: [String: [WirePath]] = [:]
        let reply = try session.perform(request) { item in
            if let statement = item.statement { statements.append(statement) }
            if let artifact = item.artifact { note(artifact, &artifacts) }
        }
        if !noSign, let missing = artifacts[""]?.first {
            throw TenonError(
                .missingContent, "'\(missing)' can't be attested", cause: "the record that its pointer names is not here, or not about these bytes",
                hint: "tenon fetch brings records; tenon trace tells what is recorded")
        }
        let signed = try signer?.sign(statements) ?? statements.map { ($0, false) }
        try write(signed.map(\.statement))
        let report = Report(
            key: signer?.fingerprint,
            statements: signed.map { statement, isNew in
                Report.Statement(
                    record: statement.record, kind: statement.kind, artifacts: artifacts[statement.record] ?? [], signed: isNew,
                    keys: statement.signatures.map(\.key))
            }, artifacts: reply.artifacts)
        if !isOutputStandard { try session.console.report(report) { AttestationText.signed($0, session.presentation) } }
    }

    /// Files an artifact under the records that are about it; under none, where the one that its pointer names is not here.
    private func note(_ artifact: AttestedArtifact, _ artifacts: inout [String: [WirePath]]) {
        for record in artifact.records.isEmpty && artifact.detail != nil ? [""] : artifact.records {
            artifacts[record, default: []].append(artifact.path)
        }
    }

    private func write(_ statements: [AttestedStatement]) throws {
        guard let output else { return }
        let lines = statements.filter { !$0.signatures.isEmpty }.flatMap { $0.envelope.line }
        if isOutputStandard { OutputStream.write(lines, to: STDOUT_FILENO) } else { try SmallFile.replace(output, with: lines) }
    }
}
