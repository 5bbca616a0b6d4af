import TenonAPI

/// `tenon diff`: a line for each entry as it comes, or a table of the artifacts.
enum DiffText {
    static func entry(_ change: EntryChange, _ presentation: Presentation) -> String {
        let size =
            switch (change.oldSize, change.newSize) {
            case (let old?, let new?) where old != new: "\(Quantity.bytes(old)) → \(Quantity.bytes(new))"
            case (let old?, nil): Quantity.bytes(old)
            case (_, let new): new.map(Quantity.bytes) ?? ""
            }
        var line = "\(paint(change.change, presentation.style)(sign(change.change)))  \(presentation.name(change.path))"
        if !size.isEmpty { line += "  \(presentation.style.dim(size))" }
        if presentation.isVerbose, let oid = change.newOid ?? change.oldOid { line += "  \(presentation.style.dim(oid))" }
        return line + "\n"
    }

    static func name(_ change: EntryChange, _ presentation: Presentation) -> String { presentation.name(change.path) + "\n" }

    /// What stands below the entries: a line for each artifact.
    static func summary(_ reply: DiffRequest.Reply, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, .left)
        for artifact in reply.artifacts {
            let kind = artifact.new?.kind ?? artifact.old?.kind
            columns.add(
                Columns.Cell(artifact.change.rawValue).painted(paint(artifact.change, presentation.style)),
                Columns.Cell(presentation.name(artifact.path, kind)),
                Columns.Cell(counts(artifact)), Columns.Cell(bytes(artifact)))
        }
        return columns.text
    }

    private static func counts(_ artifact: ArtifactDiff) -> String {
        var parts: [String] = []
        if artifact.added > 0 { parts.append("+\(Quantity.count(artifact.added))") }
        if artifact.removed > 0 { parts.append("-\(Quantity.count(artifact.removed))") }
        if artifact.changed > 0 { parts.append("~\(Quantity.count(artifact.changed))") }
        let files = artifact.added &+ artifact.removed &+ artifact.changed
        return parts.isEmpty ? "" : parts.joined(separator: " ") + (files == 1 ? " file" : " files")
    }

    private static func bytes(_ artifact: ArtifactDiff) -> String {
        var parts: [String] = []
        if artifact.addedBytes > 0 { parts.append("+\(Quantity.bytes(artifact.addedBytes))") }
        if artifact.removedBytes > 0 { parts.append("-\(Quantity.bytes(artifact.removedBytes))") }
        return parts.joined(separator: " ")
    }

    static func sign(_ change: ChangeKind) -> String {
        switch change {
        case .added: "+"
        case .removed: "-"
        case .changed: "~"
        }
    }

    static func paint(_ change: ChangeKind, _ style: Style) -> (String) -> String {
        switch change {
        case .added: style.green
        case .removed: style.red
        case .changed: style.yellow
        }
    }
}
