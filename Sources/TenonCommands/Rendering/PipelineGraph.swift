import TenonAPI

/// The graph of a pipeline, as a tree and for Graphviz.
struct PipelineGraph {
    private let stages: [PipelineStage]
    private let presentation: Presentation
    /// Who needs each stage.
    private var users: [String: [PipelineStage]] = [:]
    private var shown: Set<String> = []
    private var text = ""

    /// Stages below a line that is indented so far are not drawn.
    private static let deepest = 600

    /// Each stage below one that it needs; one that needs several stands in full below the first of them.
    static func tree(_ reply: PipelineRequest.Reply, _ presentation: Presentation) -> String {
        var graph = PipelineGraph(reply, presentation)
        let names = Set(reply.stages.map(\.name))
        for stage in reply.stages where !stage.needs.contains(where: names.contains) { graph.show(stage, branch: "", indent: "") }
        return graph.text
    }

    private init(_ reply: PipelineRequest.Reply, _ presentation: Presentation) {
        stages = reply.stages
        self.presentation = presentation
        for stage in stages { for need in stage.needs { users[need, default: []].append(stage) } }
    }

    private mutating func show(_ stage: PipelineStage, branch: String, indent: String) {
        let isFirst = shown.insert(stage.name).inserted
        var words = presentation.style.yellow(displayName(stage.name.utf8))
        if let summary = stage.summary, isFirst { words += "  " + presentation.style.dim(displayName(summary.utf8.prefix(200))) }
        let next = users[stage.name] ?? []
        if !isFirst, !next.isEmpty { words += "  (see above)" }
        text += "\(indent)\(branch)\(words)\n"
        // A chain of stages is as deep as it is long; a terminal is not.
        guard isFirst else { return }
        guard indent.utf8.count < PipelineGraph.deepest else {
            if !next.isEmpty { text += "\(indent)   …\n" }
            return
        }
        let inner = indent + (branch.isEmpty ? "" : branch == "└─ " ? "   " : "│  ")
        for (index, user) in next.enumerated() { show(user, branch: index == next.count - 1 ? "└─ " : "├─ ", indent: inner) }
    }

    static func dot(_ reply: PipelineRequest.Reply) -> String {
        var text = "digraph pipeline {\n    node [shape=box, fontname=\"sans-serif\"]\n"
        for stage in reply.stages { text += "    \(quoted(stage.name))\n" }
        let names = Set(reply.stages.map(\.name))
        for stage in reply.stages {
            for need in stage.needs where names.contains(need) { text += "    \(quoted(need)) -> \(quoted(stage.name))\n" }
        }
        return text + "}\n"
    }

    /// A quoted string of the DOT language.
    private static func quoted(_ text: String) -> String {
        "\"\(displayName(text.utf8).replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
