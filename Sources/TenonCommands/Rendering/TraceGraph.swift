import TenonAPI

/// The answer of `tenon trace` for Graphviz: content as boxes, runs as ellipses, arrows the way that data went.
enum TraceGraph {
    static func dot(_ reply: TraceRequest.Reply) -> String {
        var text = "digraph trace {\n    rankdir=LR\n    node [fontname=\"sans-serif\"]\n"
        var drawn: Set<String> = []
        func draw(_ kind: ArtifactKind, _ oid: String, _ path: WirePath?) -> String {
            let name = quoted(TraceText.key(kind, oid))
            if drawn.insert(name).inserted {
                let label = quoted((path.map { "\($0)\n" } ?? "") + String(oid.prefix(19)))
                text += "    \(name) [shape=box, label=\(label)]\n"
            }
            return name
        }
        for content in reply.contents { _ = draw(content.kind, content.oid, content.paths.first) }
        for content in reply.contents {
            if let directory = content.inside { text += "    \(draw(.tree, directory, nil)) -> \(draw(content.kind, content.oid, nil))\n" }
        }
        for run in reply.runs {
            let name = quoted(run.run)
            text += "    \(name) [shape=ellipse, label=\(quoted("\(run.name ?? RunText.command(run))\n\(run.run.prefix(19))"))]\n"
            for input in run.inputs { text += "    \(draw(input.pointer.kind, input.pointer.oid, input.path)) -> \(name)\n" }
            for output in run.outputs { text += "    \(name) -> \(draw(output.pointer.kind, output.pointer.oid, output.path))\n" }
        }
        return text + "}\n"
    }

    /// A quoted string of the DOT language, in which line feeds are written `\n`.
    private static func quoted(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            displayName(line.utf8).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        }
        return "\"\(lines.joined(separator: "\\n"))\""
    }
}
