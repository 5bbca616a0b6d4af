import TenonAPI
import TenonClient

/// What `tenon rerun` says.
enum RerunText {
    private static let maximumLines = 30

    static func environment(_ differences: [EnvironmentDifference]) -> String {
        if differences.isEmpty { return "The environment is as recorded\n" }
        var text = "The environment is not as recorded:\n"
        for difference in differences.prefix(maximumLines) {
            let words = "\(difference.name): \(difference.recorded ?? "none") recorded, \(difference.now ?? "none") now"
            text += "  \(displayName(words.utf8.prefix(300)))\n"
        }
        if differences.count > maximumLines { text += "  and \(Quantity.count(differences.count - maximumLines, "more difference"))\n" }
        return text
    }

    static func verdicts(_ reply: RerunFinishRequest.Reply, _ presentation: Presentation) -> String {
        var text = ""
        for output in reply.outputs {
            let style = presentation.style
            let verdict =
                switch output.verdict {
                case .identical: style.green(output.verdict.rawValue)
                case .close: style.yellow(output.verdict.rawValue)
                case .different, .missing: style.red(output.verdict.rawValue)
                }
            text += "\(verdict)  \(presentation.name(output.path, output.recorded.kind))\n"
            for detail in output.details { text += "    \(displayName(detail.utf8))\n" }
        }
        if reply.outputs.isEmpty { text += "The run has no outputs to compare\n" }
        return text
    }
}
