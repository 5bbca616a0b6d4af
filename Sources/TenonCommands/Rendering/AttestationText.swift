import TenonAPI

/// What `tenon attest` signed, and what `tenon verify --attestations` found.
enum AttestationText {
    static func signed(_ report: Attest.Report, _ presentation: Presentation) -> String {
        var text = ""
        for statement in report.statements {
            let what = statement.signed ? presentation.style.green("signed") : statement.keys.isEmpty ? "not signed" : "signed before"
            text += "\(what)  \(presentation.style.yellow(presentation.identifier(statement.record)))  \(statement.kind.rawValue)"
            if !statement.artifacts.isEmpty { text += "  " + statement.artifacts.map(presentation.name).joined(separator: ", ") }
            text += "\n"
        }
        if report.statements.isEmpty { return "The commit binds no artifacts: nothing is to be signed\n" }
        if let key = report.key { text += "\(Quantity.count(report.statements.count, "statement")), signed with \(key)\n" }
        return text
    }

    static func finding(_ finding: AttestationCheck.Finding, _ presentation: Presentation) -> String {
        let style = presentation.style
        return
            "\(style.yellow(presentation.identifier(finding.commit)))  \(presentation.name(finding.path))  \(style.red(finding.problem.rawValue))\n"
            + "    \(displayName(finding.cause.utf8))\n    hint: \(displayName(finding.remedy.utf8))\n"
    }

    static func checked(_ report: AttestationCheck.Report, _ presentation: Presentation) -> String {
        let what = "\(Quantity.count(report.artifacts, "artifact")) in \(Quantity.count(report.commits, "commit"))"
        guard report.findings == 0 else {
            return "\(what): \(presentation.style.red("\(Quantity.count(report.findings)) not attested"))\n"
        }
        if report.artifacts == 0 { return "\(what): nothing is to be attested\n" }
        return "\(what): \(presentation.style.green("all attested")) by \(report.signers.map { displayName($0.utf8) }.joined(separator: ", "))\n"
    }
}
