import TenonAPI

/// `tenon status` in prose: what differs, by state and with the command that helps, then one line that sums up.
enum StatusText {
    static func render(_ reply: StatusRequest.Reply, _ presentation: Presentation) -> String {
        var sections: [String] = []
        for group in groups {
            let artifacts = reply.artifacts.filter { group.states.contains($0.state) && ($0.inPart == true) == group.isInPart }
            if !artifacts.isEmpty { sections.append(section(group, artifacts, presentation)) }
        }
        let unstaged = reply.artifacts.filter { $0.unstaged && $0.state == .clean }
        if !unstaged.isEmpty { sections.append(unstagedSection(unstaged, presentation)) }
        // What Git's pointer names and nobody has brought is told of above.
        let isElsewhere: Set<ArtifactState> = [.notFetched, .missing, .behind, .diverged]
        let unstored = reply.artifacts.filter { !$0.stored && $0.pointer != nil && !isElsewhere.contains($0.state) }
        if !unstored.isEmpty { sections.append(unstoredSection(unstored, presentation)) }
        if !reply.largeFiles.isEmpty { sections.append(largeFilesSection(reply.largeFiles, presentation)) }
        if let sharing = sharingSection(reply, presentation) { sections.append(sharing) }
        if presentation.isVerbose { sections += cleanSection(reply.artifacts, presentation) }
        if presentation.isVerbose, !reply.artifacts.isEmpty { sections.append(watchLine(reply)) }
        sections.append(summary(reply, isOtherwiseSilent: sections.isEmpty, presentation))
        return sections.joined(separator: "\n")
    }

    /// Artifacts that are told of together.
    private struct Group {
        var states: [ArtifactState]
        var title: String
        var hint: String
        var isInPart = false
    }

    private static let groups = [
        Group(
            states: [.modified], title: "Data changed since its pointer was written:",
            hint: "use \"tenon add -u\" to take the new state, \"tenon restore PATH\" to go back to the old"),
        Group(states: [.behind], title: "Git moved the pointer, the data has not followed:", hint: "use \"tenon restore PATH\" to bring the data"),
        Group(
            states: [.diverged], title: "Git moved the pointer, and the data changed too:",
            hint: "use \"tenon restore PATH\" to bring the data; what lies there is saved first"),
        Group(
            states: [.diverged], title: "Directories of which only a part was brought here:",
            hint: "use \"tenon restore PATH\" to bring the rest; what was changed is saved first", isInPart: true),
        Group(states: [.moving], title: "A checkout was cut short:", hint: "use \"tenon restore PATH\" to finish it"),
        Group(
            states: [.conflicted], title: "Pointers in conflict:",
            hint: "use \"tenon restore --merge\" for what merges by itself, then \"--ours PATH\" or \"--theirs PATH\""),
        Group(
            states: [.missing], title: "Data that is gone:", hint: "use \"tenon restore PATH\" to bring it back, \"tenon untrack PATH\" to let it go"),
        Group(states: [.notFetched], title: "Data not brought here yet:", hint: "use \"tenon restore PATH\""),
        Group(
            states: [.damaged], title: "Pointers that can't be read:",
            hint: "use \"git restore PATH.tenon\" to take the pointer of the last commit"),
    ]

    private static func section(_ group: Group, _ artifacts: [ArtifactStatus], _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, indent: "        ")
        for artifact in artifacts {
            columns.add(
                Columns.Cell((artifact.inPart == true ? "in part" : word(artifact.state)) + ":").painted(presentation.style.red),
                Columns.Cell(presentation.name(artifact.path, artifact.pointer?.kind)).painted(presentation.style.red),
                Columns.Cell(detail(artifact)))
        }
        let conflicts = artifacts.compactMap { $0.conflict.map { conflictedEntries($0, presentation) } }
        return heading(group.title, group.hint, presentation) + columns.text + conflicts.joined()
    }

    /// The entries of a directory in conflict; of many the first.
    private static func conflictedEntries(_ conflict: ConflictSummary, _ presentation: Presentation) -> String {
        let shown = presentation.isVerbose ? conflict.entries.count : 10
        var columns = Columns(.left, .left, .left, indent: "            ")
        for entry in conflict.entries.prefix(shown) {
            let paint = entry.settled == nil ? presentation.style.red : presentation.style.green
            columns.add(
                Columns.Cell(MergeText.word(entry.kind) + ":").painted(paint), Columns.Cell(presentation.name(entry.path)).painted(paint),
                Columns.Cell(entry.settled.map { "\($0.rawValue) chosen" } ?? ""))
        }
        let rest = conflict.count - min(shown, conflict.entries.count)
        return columns.text + (rest > 0 ? "            and \(Quantity.count(rest)) more\n" : "")
    }

    private static func unstagedSection(_ artifacts: [ArtifactStatus], _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, indent: "        ")
        for artifact in artifacts {
            columns.add(
                Columns.Cell(artifact.staged == nil ? "new:" : "changed:").painted(presentation.style.yellow),
                Columns.Cell(presentation.name(artifact.path, artifact.pointer?.kind)).painted(presentation.style.yellow),
                Columns.Cell(PointerText.change(artifact.staged, artifact.pointer)))
        }
        let hint = "use \"tenon commit\" or \"git commit -a\" to commit the new state, \"tenon restore PATH\" to go back to the old"
        return heading("Data changed, not committed:", hint, presentation) + columns.text
    }

    private static func unstoredSection(_ artifacts: [ArtifactStatus], _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, indent: "        ")
        for artifact in artifacts {
            columns.add(
                Columns.Cell("not stored:").painted(presentation.style.red),
                Columns.Cell(presentation.name(artifact.path, artifact.pointer?.kind)).painted(presentation.style.red),
                Columns.Cell(artifact.pointer.map { "\(PointerText.extent($0)), \(presentation.identifier($0.oid))" } ?? ""))
        }
        let hint = "use \"tenon add PATH\" where the data is still here"
        return heading("Pointers whose bytes the store lacks:", hint, presentation) + columns.text
    }

    private static func largeFilesSection(_ files: [StatusRequest.LargeFile], _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .right, indent: "        ")
        for file in files {
            columns.add(
                Columns.Cell("large:").painted(presentation.style.yellow),
                Columns.Cell(presentation.name(file.path)).painted(presentation.style.yellow),
                Columns.Cell(Quantity.bytes(file.size)))
        }
        let hint = "use \"tenon add PATH\" to keep it as an artifact"
        return heading("Large files that Git tracks or would take:", hint, presentation) + columns.text
    }

    /// What others can't have yet, and what became of sending it.
    private static func sharingSection(_ reply: StatusRequest.Reply, _ presentation: Presentation) -> String? {
        var lines: [String] = []
        if let unsent = reply.unsent {
            let verb = unsent.commits == 1 ? "binds" : "bind"
            lines.append(
                "\(Quantity.count(unsent.commits, "commit")) of this branch \(verb) data that '\(shown(unsent.remote))' was not seen to have:")
            let extent = "\(Quantity.count(unsent.snapshots, "snapshot")), \(Quantity.bytes(unsent.bytes))"
            lines.append("  \(presentation.style.dim(reply.pushing == true ? "(it is being sent)" : "(use \"tenon push\" to send it)"))")
            lines.append("        \(presentation.style.yellow("not sent:"))  \(extent)")
        } else if reply.pushing == true {
            lines.append("Data is being sent in the background")
        }
        if let failure = reply.pushFailure, reply.pushing != true {
            lines.append(presentation.style.red("The push in the background failed at \(Timestamp.local(failure.time)): \(failure.error)"))
            if let hint = failure.error.hint { lines.append("  \(presentation.style.dim("(hint: \(hint))"))") }
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n") + "\n"
    }

    private static func shown(_ text: String) -> String { displayName(Array(text.utf8)) }

    private static func cleanSection(_ artifacts: [ArtifactStatus], _ presentation: Presentation) -> [String] {
        let clean = artifacts.filter { $0.state == .clean && !$0.unstaged }
        if clean.isEmpty { return [] }
        var columns = Columns(.left, .left, .left, .left, indent: "        ")
        for artifact in clean {
            columns.add(
                Columns.Cell("clean:").painted(presentation.style.green),
                Columns.Cell(presentation.name(artifact.path, artifact.pointer?.kind)),
                Columns.Cell(artifact.pointer.map(PointerText.extent) ?? ""),
                Columns.Cell(artifact.pointer?.oid ?? "").painted(presentation.style.dim))
        }
        return ["As their pointers say:\n" + columns.text]
    }

    /// How changes are found.
    private static func watchLine(_ reply: StatusRequest.Reply) -> String {
        switch reply.watch {
        case .watched: "Changes are watched for\n"
        case .scan: "Changes are found by walking: \(reply.watchReason ?? "the daemon does not watch")\n"
        }
    }

    private static func summary(_ reply: StatusRequest.Reply, isOtherwiseSilent: Bool, _ presentation: Presentation) -> String {
        if reply.artifacts.isEmpty { return "No artifacts here (use \"tenon add PATH\" to track data)\n" }
        let bytes = reply.artifacts.reduce(UInt64(0)) { $0 &+ ($1.pointer?.size ?? 0) }
        let all = "\(Quantity.count(reply.artifacts.count, "artifact")), \(Quantity.bytes(bytes))"
        let clean = reply.artifacts.filter { $0.state == .clean && !$0.unstaged }.count
        if clean < reply.artifacts.count { return "\(all): \(clean == 0 ? "none" : Quantity.count(clean)) clean\n" }
        let stored = reply.artifacts.allSatisfy(\.stored) ? " and stored" : ""
        return presentation.style.green("\(all): clean\(stored)") + "\n"
    }

    private static func heading(_ title: String, _ hint: String, _ presentation: Presentation) -> String {
        "\(title)\n  \(presentation.style.dim("(\(hint))"))\n"
    }

    private static func detail(_ artifact: ArtifactStatus) -> String {
        let numbers =
            switch artifact.state {
            case .modified, .behind, .diverged: PointerText.change(artifact.pointer, artifact.data)
            default: artifact.pointer.map(PointerText.extent) ?? ""
            }
        return [numbers, artifact.detail ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    static func word(_ state: ArtifactState) -> String {
        switch state {
        case .notFetched: "not fetched"
        default: state.rawValue
        }
    }
}
