import TenonAPI

/// What `restore`, `checkout` and `recover` did.
enum MovingText {
    static func render(_ reply: RestoreRequest.Reply, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left)
        for artifact in reply.restored {
            columns.add(
                Columns.Cell("restored").painted(presentation.style.green), Columns.Cell(presentation.name(artifact.path)),
                Columns.Cell(detail(artifact)))
        }
        var text = columns.text
        for artifact in reply.restored {
            if let saved = artifact.saved {
                text +=
                    "What lay at \(presentation.name(artifact.path)) is saved: \"tenon recover \(presentation.identifier(saved))\" brings it back\n"
            }
        }
        for artifact in reply.restored {
            if let conflict = artifact.conflict { text += settled(artifact.path, conflict, presentation) }
        }
        if reply.restored.isEmpty && reply.failed.isEmpty { text += "Nothing to restore\n" }
        return text
    }

    static func render(_ reply: RecoverRequest.Reply, _ presentation: Presentation) -> String {
        if let restored = reply.restored {
            return render(RestoreRequest.Reply(restored: [restored], failed: []), presentation)
        }
        if reply.states.isEmpty { return "No saved states\n" }
        var columns = Columns(.left, .left, .left, .left)
        for state in reply.states {
            columns.add(
                Columns.Cell(presentation.identifier(state.id)).painted(presentation.style.yellow),
                Columns.Cell(Timestamp.local(state.time)),
                Columns.Cell(presentation.name(state.path, state.pointer.kind)),
                Columns.Cell(PointerText.extent(state.pointer)))
        }
        return columns.text
    }

    /// Why one artifact was left as it was, with its name.
    static func error(_ failure: FailedArtifact, _ presentation: Presentation) -> TenonError {
        var error = failure.error
        error.cause = failure.error.description
        error.message = "restoring '\(presentation.name(failure.path))' failed"
        return error
    }

    private static func settled(_ path: WirePath, _ conflict: ConflictSummary, _ presentation: Presentation) -> String {
        let name = presentation.name(path)
        if conflict.settled >= conflict.count { return "The conflict in \(name) is settled, and its pointer is staged\n" }
        return "\(Quantity.count(conflict.settled)) of \(Quantity.count(conflict.count, "conflict")) in \(name) settled; "
            + "\"tenon status\" lists the others\n"
    }

    private static func detail(_ artifact: RestoredArtifact) -> String {
        var parts: [String] = []
        if artifact.filesWritten > 0 {
            parts.append("\(Quantity.count(artifact.filesWritten, "file")) written, \(Quantity.bytes(artifact.bytesWritten))")
        }
        if artifact.filesRemoved > 0 { parts.append("\(Quantity.count(artifact.filesRemoved, "file")) removed") }
        // What was saved was not as it should be, though no file was written.
        if parts.isEmpty, artifact.saved != nil { parts.append("modes, links or empty directories set") }
        return parts.isEmpty ? "was in place" : parts.joined(separator: "; ")
    }
}
