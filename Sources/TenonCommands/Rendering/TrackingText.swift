import TenonAPI

/// What `init`, `add` and `untrack` did.
enum TrackingText {
    /// - Parameter hooks: what became of the Git hooks.
    static func render(_ reply: InitRequest.Reply, _ hooks: String, _ presentation: Presentation) -> String {
        var text = reply.existed ? "Tenon is set up here already" : "Tenon is set up here"
        text += "; the store is \(reply.store)\n"
        for path in reply.changed { text += "  wrote \(presentation.name(path))\n" }
        text += hooks
        text += SurroundingsText.render(reply.found, presentation)
        if !reply.existed { text += "Track data with \"tenon add PATH\", then commit as always.\n" }
        return text
    }

    static func render(_ reply: AddRequest.Reply, dryRun: Bool, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, .left)
        for artifact in reply.artifacts where artifact.change != .unchanged || presentation.isVerbose {
            columns.add(
                Columns.Cell(artifact.change.rawValue).painted(artifact.change == .unchanged ? presentation.style.dim : presentation.style.green),
                Columns.Cell(presentation.name(artifact.path, artifact.pointer.kind)),
                Columns.Cell(PointerText.extent(artifact.pointer)),
                Columns.Cell(presentation.identifier(artifact.pointer.oid)).painted(presentation.style.dim))
        }
        var text = columns.text
        let changed = reply.artifacts.filter { $0.change != .unchanged }
        if changed.isEmpty {
            if reply.artifacts.isEmpty { return text + "Nothing to add\n" }
            let found = reply.newBytes == 0 ? "" : "; the store lacked \(Quantity.bytes(reply.newBytes)) of it, and has it now"
            return text + "Nothing changed\(found)\n"
        }
        let size = changed.reduce(UInt64(0)) { $0 &+ $1.pointer.size }
        if dryRun {
            return text + "Would store \(Quantity.count(changed.count, "artifact")), \(Quantity.bytes(size))\n"
        }
        text += "Stored \(Quantity.bytes(size)): \(Quantity.bytes(reply.newBytes)) new"
        if reply.newBytes > 0 {
            text += ", in \(Quantity.bytes(reply.storedBytes))"
            if presentation.isVerbose, let ratio = Quantity.ratio(reply.newBytes, reply.storedBytes) { text += " (\(ratio) to 1)" }
        }
        text += "\n"
        let adopted = changed.compactMap(\.adopted).reduce(0, +)
        if adopted > 0 {
            text += "Git tracked \(Quantity.count(adopted, "file")) there; its history keeps the old bytes.\n"
        }
        return text
    }

    static func render(_ reply: UntrackRequest.Reply, _ presentation: Presentation) -> String {
        reply.untracked.map { "untracked  \(presentation.name($0))\n" }.joined()
    }
}
