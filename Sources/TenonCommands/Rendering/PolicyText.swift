import TenonAPI

/// What `tenon verify --policy` found.
enum PolicyText {
    static func finding(_ finding: PolicyFinding, _ presentation: Presentation) -> String {
        let style = presentation.style
        return "\(style.yellow(presentation.identifier(finding.commit)))  \(presentation.name(finding.path))  \(style.red(finding.rule.rawValue))\n"
            + "    \(displayName(finding.cause.utf8))\n    hint: \(displayName(finding.remedy.utf8))\n"
    }

    static func summary(_ reply: PolicyRequest.Reply, _ presentation: Presentation) -> String {
        reply.findings == 0
            ? "\(judged(reply)): the rules are kept\n" : "\(judged(reply)): \(Quantity.count(reply.findings, "rule")) broken\n"
    }

    private static func judged(_ reply: PolicyRequest.Reply) -> String {
        "\(Quantity.count(reply.artifacts, "artifact")) in \(Quantity.count(reply.commits, "commit"))"
    }

    /// As JUnit's XML, which CI systems show: a case for each rule that is broken, or one that says that none is.
    static func junit(_ findings: [PolicyFinding], _ reply: PolicyRequest.Reply) -> String {
        let count = max(1, findings.count)
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites>\n  <testsuite name=\"tenon verify --policy\" tests=\"\(count)\" failures=\"\(findings.count)\" errors=\"0\">\n"
        for finding in findings {
            text +=
                "    <testcase classname=\"policy.\(finding.rule.rawValue)\" name=\"\(escaped("\(finding.path)")) at \(finding.commit.prefix(12))\">\n"
            text += "      <failure message=\"\(escaped(finding.cause))\">\(escaped(finding.remedy))</failure>\n    </testcase>\n"
        }
        if findings.isEmpty { text += "    <testcase classname=\"policy\" name=\"\(judged(reply))\"/>\n" }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    private static func escaped(_ text: String) -> String {
        displayName(text.utf8).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
