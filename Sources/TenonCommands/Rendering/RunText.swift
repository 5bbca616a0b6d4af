import TenonAPI

/// Runs and their records.
enum RunText {
    /// A run in one line: its record, name, time and end.
    static func line(_ run: RunSummary, _ presentation: Presentation) -> String {
        var text = "run \(presentation.style.yellow(presentation.identifier(run.run)))"
        if let name = run.name { text += "  \(displayName(name.utf8))" }
        text += "  \(Timestamp.local(Int64(run.started / 1000)))"
        if let status = run.status, status != 0 { text += "  exit status \(status)" }
        if let signal = run.signal { text += "  ended by signal \(signal)" }
        if let reason = run.reason { text += "  not started: \(displayName(reason.utf8))" }
        return text
    }

    /// The command as a person would type it, about.
    static func command(_ run: RunSummary) -> String {
        if run.command.isEmpty { return "(begun and ended by hand)" }
        let words = run.command.map { word in
            let text = displayName(word.bytes)
            return text.isEmpty || text.contains(where: { " '\"$&|;<>()*?`".contains($0) }) ? "'\(text.replacing("'", with: "'\\''"))'" : text
        }
        let text = words.joined(separator: " ")
        return text.count > 200 ? text.prefix(200) + "…" : text
    }

    /// What a run was, a line each: command, code, parameters, metrics.
    static func details(_ run: RunSummary, _ presentation: Presentation) -> [String] {
        var lines = ["command    \(command(run))"]
        if !run.directory.bytes.isEmpty { lines.append("in         \(run.directory)") }
        var code: [String] = []
        if let commit = run.commit { code.append("commit \(presentation.identifier(commit))") }
        if let tree = run.code { code.append("uncommitted changes \(presentation.identifier(tree.oid))") }
        if !code.isEmpty { lines.append("code       \(code.joined(separator: ", with "))") }
        if let host = run.host { lines.append("by         \(displayName((run.user.map { "\($0) on " } ?? "").utf8))\(displayName(host.utf8))") }
        for value in run.parameters {
            lines.append("parameter  \(displayName(value.name.utf8)) = \(displayName(value.value.utf8.prefix(200)))")
        }
        for (name, value) in run.metrics.sorted(by: { $0.key < $1.key }) { lines.append("metric     \(displayName(name.utf8)) = \(value)") }
        for path in run.changedInputs { lines.append("changed    \(presentation.name(path)) while it ran") }
        return lines
    }

    /// Runs below a commit: what each was, read and made.
    static func list(_ runs: [RunSummary], _ presentation: Presentation) -> String {
        runs.map { run in
            var lines = ["    " + line(run, presentation)] + details(run, presentation).map { "        " + $0 }
            for content in run.inputs { lines.append("        input      " + name(content, presentation)) }
            for content in run.outputs { lines.append("        output     " + name(content, presentation)) }
            return lines.joined(separator: "\n") + "\n"
        }.joined()
    }

    private static func name(_ content: RunContent, _ presentation: Presentation) -> String {
        "\(presentation.name(content.path, content.pointer.kind))  \(presentation.identifier(content.pointer.oid))"
    }

    /// What `tenon run` recorded.
    static func summary(_ reply: RunFinishRequest.Reply, _ presentation: Presentation) -> String {
        var text = "recorded run \(presentation.identifier(reply.run))"
        if !reply.outputs.isEmpty { text += ", " + Quantity.count(reply.outputs.count, "output") }
        text += "\n"
        for output in reply.outputs {
            text += "  \(presentation.name(output.path, output.pointer.kind))  \(PointerText.extent(output.pointer))  "
            text += "\(presentation.identifier(output.pointer.oid))\n"
        }
        for (name, value) in reply.metrics.sorted(by: { $0.key < $1.key }) { text += "  \(displayName(name.utf8)) = \(value)\n" }
        if let trace = reply.trace {
            func list(_ paths: [WirePath]) -> String {
                let shown = paths.prefix(10).map(presentation.name).joined(separator: ", ")
                return paths.isEmpty ? "nothing" : paths.count > 10 ? "\(shown) and \(Quantity.count(paths.count - 10)) more" : shown
            }
            text += "  traced: read \(list(trace.inputs)), wrote \(list(trace.outputs))\n"
            if !trace.ignored.isEmpty { text += "  used and not recorded, as Git ignores it (name it with -d or -o): \(list(trace.ignored))\n" }
        }
        for path in reply.changedInputs { text += "  the input \(presentation.name(path)) changed while the command ran\n" }
        return text
    }
}
