import TenonAPI

/// Commits and what they bind: `log`, `show`, `which`.
enum HistoryText {
    static func commit(_ commit: LoggedCommit, _ presentation: Presentation) -> String {
        var text = presentation.style.yellow("commit \(commit.commit)") + "\n"
        text += "Author: \(escaped(commit.author)) <\(escaped(commit.email))>\n"
        text += "Date:   \(Timestamp.git(commit.time, offset: commit.offset))\n\n    \(escaped(commit.subject))\n"
        if !commit.changes.isEmpty { text += "\n" + changes(commit.changes, presentation) }
        if let runs = commit.runs, !runs.isEmpty { text += "\n" + RunText.list(runs, presentation) }
        return text
    }

    /// A commit in a list: an empty line follows.
    static func logged(_ commit: LoggedCommit, _ presentation: Presentation) -> String { self.commit(commit, presentation) + "\n" }

    static func render(_ reply: ShowRequest.Reply, _ presentation: Presentation) -> String {
        var text = commit(reply.commit, presentation) + "\n"
        if reply.artifacts.isEmpty { return text + "The commit binds no artifacts\n" }
        text += "Binds \(Quantity.count(reply.artifacts.count, "artifact")):\n"
        var columns = Columns(.left, .left, .left, .left, .left, indent: "    ")
        for artifact in reply.artifacts {
            columns.add(
                Columns.Cell(presentation.name(artifact.path, artifact.pointer.kind)),
                Columns.Cell(artifact.pointer.kind.rawValue), Columns.Cell(PointerText.extent(artifact.pointer)),
                Columns.Cell(artifact.pointer.oid).painted(presentation.style.dim),
                Columns.Cell(artifact.stored ? "" : "not stored").painted(presentation.style.red))
        }
        text += columns.text
        let known = Set(reply.runs.map(\.run))
        for artifact in reply.artifacts {
            guard let run = artifact.pointer.run, !known.contains(run) else { continue }
            text += "    \(presentation.name(artifact.path)) was made by run \(run), whose record is not here\n"
        }
        if !reply.runs.isEmpty { text += "Made by:\n" + RunText.list(reply.runs, presentation) }
        return text
    }

    static func render(_ reply: WhichRequest.Reply, _ presentation: Presentation) -> String {
        var text = "\(reply.oid): \(reply.stored ? "stored" : "not stored")\n"
        if reply.matches.isEmpty { text += "No commit of this repository binds these bytes\n" }
        for match in reply.matches {
            let inside = match.entry.map { [UInt8(ascii: "/")] + $0.bytes } ?? []
            text += "\(presentation.name(WirePath(bytes: match.artifact.bytes + inside)))\n"
            let shown = presentation.isVerbose ? match.commits[...] : match.commits.prefix(5)
            for commit in shown { text += "    commit \(presentation.style.yellow(presentation.identifier(commit)))\n" }
            if shown.count < match.commits.count { text += "    and \(Quantity.count(match.commits.count - shown.count, "more commit"))\n" }
            if let run = match.run { text += "    run \(run)\n" }
        }
        for state in reply.states ?? [] {
            text += "\(presentation.name(state.path))\n"
            let shown = presentation.isVerbose ? state.runs[...] : state.runs.prefix(5)
            for run in shown { text += "    in the code of run \(run)\n" }
            if shown.count < state.runs.count { text += "    and \(Quantity.count(state.runs.count - shown.count, "more run"))\n" }
            for saved in state.saved { text += "    saved: tenon recover \(presentation.identifier(saved))\n" }
        }
        return text
    }

    private static func changes(_ changes: [PointerChange], _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, indent: "    ")
        for change in changes {
            columns.add(
                Columns.Cell(change.change.rawValue).painted(DiffText.paint(change.change, presentation.style)),
                Columns.Cell(presentation.name(change.path, change.new?.kind ?? change.old?.kind)),
                Columns.Cell(PointerText.change(change.old, change.new)))
        }
        return columns.text
    }

    /// Text of a commit, which anyone may have written, without what a terminal would obey.
    private static func escaped(_ text: String) -> String { displayName(text.utf8) }
}
