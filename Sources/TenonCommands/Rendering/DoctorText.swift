import TenonClient

/// Findings, each on a line, with what to do below.
enum DoctorText {
    static func render(_ finding: Finding, _ style: Style) -> String {
        let mark =
            switch finding.verdict {
            case .ok: style.green("ok     ")
            case .warning: style.yellow("warning")
            case .wrong: style.red("wrong  ")
            }
        let subject = finding.subject + String(repeating: " ", count: max(0, 22 - finding.subject.count))
        return "\(mark)  \(subject)  \(finding.detail)\n" + (finding.remedy.map { "         \(style.dim("→ \($0)"))\n" } ?? "")
    }

    static func summary(_ report: DoctorReport) -> String {
        let wrong = report.findings.count { $0.verdict == .wrong }
        let warnings = report.findings.count { $0.verdict == .warning }
        if wrong > 0 { return "\(Quantity.count(wrong, "thing")) wrong\n" }
        return warnings > 0 ? "Nothing is wrong; \(Quantity.count(warnings, "warning"))\n" : "Nothing is wrong\n"
    }
}
