import TenonAPI

/// The answer of `tenon trace` as a tree: content, the run that made it, what that read, and so on.
struct TraceText {
    private let reply: TraceRequest.Reply
    private let forward: Bool
    private let presentation: Presentation
    private let runs: [String: RunSummary]
    private let contents: [String: TracedContent]
    private var shown: Set<String> = []
    private var text = ""

    static func render(_ reply: TraceRequest.Reply, forward: Bool, _ presentation: Presentation) -> String {
        var tree = TraceText(reply, forward: forward, presentation)
        return tree.render()
    }

    private init(_ reply: TraceRequest.Reply, forward: Bool, _ presentation: Presentation) {
        self.reply = reply
        self.forward = forward
        self.presentation = presentation
        runs = Dictionary(reply.runs.map { ($0.run, $0) }) { first, _ in first }
        contents = Dictionary(reply.contents.map { (TraceText.key($0.kind, $0.oid), $0) }) { first, _ in first }
    }

    /// A listing of a directory may be the content of some file: only kind and oid together name content.
    static func key(_ kind: ArtifactKind, _ oid: String) -> String { "\(kind.rawValue) \(oid)" }

    private mutating func render() -> String {
        if let run = runs[reply.subject] {
            line("", "", runLine(run))
            describe(run, indent: "")
        }
        let subjects = reply.contents.filter { $0.oid == reply.subject }
        for content in subjects { show(content, path: nil, branch: "", indent: "") }
        // Directories that hold the file, where it was made with them.
        for content in reply.contents where !subjects.isEmpty && !shown.contains(TraceText.key(content.kind, content.oid)) {
            text += "in "
            show(content, path: nil, branch: "", indent: "")
        }
        if reply.isCut { text += "There is more: name something on the way to see it\n" }
        return text
    }

    private mutating func line(_ indent: String, _ branch: String, _ words: String) { text += "\(indent)\(branch)\(words)\n" }

    private mutating func show(_ content: TracedContent, path: WirePath?, branch: String, indent: String) {
        let name = path ?? content.paths.first
        var words = name.map { presentation.name($0, content.kind) + "  " } ?? ""
        words += presentation.style.dim(presentation.identifier(content.oid))
        if !content.stored { words += "  not stored" }
        let isFirst = shown.insert(TraceText.key(content.kind, content.oid)).inserted
        let made = content.madeBy
        let next = forward ? content.readBy : Array(made.prefix(1))
        if !isFirst, !next.isEmpty { words += "  (see above)" }
        line(indent, branch, words)
        guard isFirst else { return }
        let inner = indent + TraceText.continuation(branch)
        for commit in content.commits.prefix(presentation.isVerbose ? .max : 3) {
            line(inner, "", "bound by commit \(presentation.style.yellow(presentation.identifier(commit)))")
        }
        if content.commits.count > 3, !presentation.isVerbose {
            line(inner, "", "and by \(Quantity.count(content.commits.count - 3, "more commit"))")
        }
        if let detail = content.detail { line(inner, "", displayName(detail.utf8)) }
        if !forward, made.count > 1 { line(inner, "", "made again by \(Quantity.count(made.count - 1, "other run"))") }
        let known = next.compactMap { runs[$0] }
        for (index, run) in known.enumerated() {
            let branch = index == known.count - 1 ? "└─ " : "├─ "
            guard shown.insert(run.run).inserted else {
                line(inner, branch, runLine(run) + "  (see above)")
                continue
            }
            line(inner, branch, runLine(run))
            describe(run, indent: inner + TraceText.continuation(branch))
        }
        if !forward, let directory = content.inside.flatMap({ contents[TraceText.key(.tree, $0)] }) {
            show(directory, path: nil, branch: "└─ in ", indent: inner)
        }
    }

    private static func continuation(_ branch: String) -> String {
        switch branch {
        case "": "   "
        case "└─ ", "└─ in ": "   "
        default: "│  "
        }
    }

    private func runLine(_ run: RunSummary) -> String { RunText.line(run, presentation) }

    /// What a run was, then what it read, or with `forward` what it made.
    private mutating func describe(_ run: RunSummary, indent: String) {
        for words in RunText.details(run, presentation) { line(indent, "│  ", words) }
        let next = forward ? run.outputs : run.inputs
        for (index, content) in next.enumerated() {
            let branch = index == next.count - 1 ? "└─ " : "├─ "
            let key = TraceText.key(content.pointer.kind, content.pointer.oid)
            if let known = contents[key] {
                show(known, path: content.path, branch: branch, indent: indent)
            } else {
                let oid = presentation.style.dim(presentation.identifier(content.pointer.oid))
                line(indent, branch, "\(presentation.name(content.path, content.pointer.kind))  \(oid)")
            }
        }
    }
}
