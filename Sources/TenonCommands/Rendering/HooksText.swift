import TenonAPI
import TenonClient

/// How the hooks stand.
enum HooksText {
    static func render(_ report: HooksReport, _ console: Console) -> String {
        var text = headline(report)
        if report.changed == nil || !report.isComplete && report.manner != nil || console.settings.isVerbose { text += table(report, console.style) }
        for note in report.notes { text += "  \(displayName(note.utf8))\n" }
        if report.changed == nil, !report.isComplete { text += remedy(report) }
        return text
    }

    private static func headline(_ report: HooksReport) -> String {
        let count = report.hooks.count { $0.state == .installed }
        let place = displayName(report.directory.utf8)
        let what =
            switch report.manner {
            case "config": "Git's configuration names \(count) hooks in \(place)"
            case "files": "\(count) hooks are installed in \(place)"
            case "hooks-path": "\(count) hooks are installed in \(place), where core.hooksPath leads"
            default:
                report.changed == true ? "Tenon's hooks are taken out, and what was there before is back" : "No hooks of Tenon are installed here"
            }
        return report.manner != nil && report.changed == false ? "\(what) already\n" : "\(what)\n"
    }

    private static func table(_ report: HooksReport, _ style: Style) -> String {
        var columns = Columns(.left, .left, .left, indent: "  ")
        for hook in report.hooks {
            let next = hook.nextAuthor.map { "then \($0.name) (\(displayName((hook.next ?? "").utf8)))" } ?? ""
            columns.add(
                Columns.Cell(hook.hook), Columns.Cell(hook.state.rawValue).painted(hook.state == .installed ? style.green : style.red),
                Columns.Cell(next))
        }
        return columns.text
    }

    private static func remedy(_ report: HooksReport) -> String {
        if report.hooks.contains(where: { $0.state == .disabled }) {
            return "A setting leads Git elsewhere or turns hooks off: git config --show-origin --get-regexp '^(core.hookspath|hook)'\n"
                + "'tenon hooks install' puts right what is not meant so\n"
        }
        return "'tenon hooks install' puts this right\n"
    }
}
