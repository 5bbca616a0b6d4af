import ArgumentParser
import TenonAPI

extension Verify {
    /// `--attestations`: whether what commits bind is attested by keys that count.
    func checkAttestations() throws {
        let session = try Session(common)
        let check = try AttestationCheck(session, allowedSigners: allowedSigners, time: verifyTime, bundle: bundle)
        defer { check.finish() }
        var request = AttestationsRequest(workTree: session.workTree, all: all, environment: session.transferEnvironment)
        if !all { request.commits = try (revisions.isEmpty ? ["HEAD"] : revisions).map(session.resolve) }
        var failure: (any Error)?
        let reply = try session.perform(request) { item in
            guard failure == nil else { return }
            do {
                if let statement = item.statement { try check.take(statement) }
                if let artifact = item.artifact, let finding = check.finding(of: artifact), !session.console.isJSON {
                    session.console.line(Array(AttestationText.finding(finding, session.presentation).utf8))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        let report = check.report(reply)
        try session.console.report(report) { AttestationText.checked($0, session.presentation) }
        if report.findings > 0 { throw ExitCode(1) }
    }
}
