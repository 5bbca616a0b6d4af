import TenonAPI

/// How the hook of a server stands.
enum ServerHookText {
    static func render(_ report: ServerHookReport, _ console: Console) -> String {
        let hook = report.hook
        var text =
            switch hook.state {
            case .installed:
                "pre-receive judges what is pushed to \(displayName(report.repository.utf8))\(report.changed == false ? " already" : "")\n"
            case .outdated: "pre-receive is installed, but not as this Tenon installs it: 'tenon server-hook install' puts that right\n"
            case .replaced: "pre-receive is another tool's, which does not run Tenon's: 'tenon server-hook install' puts that right\n"
            case .missing, .disabled:
                report.changed == true ? "Tenon's hook is taken out, and what was there before is back\n" : "No hook of Tenon is installed here\n"
            }
        for note in report.notes { text += "  \(displayName(note.utf8))\n" }
        if let next = hook.next, report.notes.isEmpty { text += "  then \(hook.nextAuthor?.name ?? "a script") runs (\(displayName(next.utf8)))\n" }
        guard hook.state != .missing else { return text }
        for (name, value) in report.settings.sorted(by: { $0.key < $1.key }) {
            text += "  tenon.server.\(displayName(name.utf8)) = \(displayName(value.utf8))\n"
        }
        if report.settings["remote"] == nil {
            let outcome = report.settings["unreachable"] == "accept" ? "what they name is not checked" : "they are refused"
            text +=
                "  where the data is, is not known; of pushes that name data, \(outcome): "
                + "git -C \(displayName(report.repository.utf8)) config tenon.server.remote URL\n"
        }
        return text
    }
}
