import TenonAPI

/// What was taken over from another tool.
enum ImportText {
    static func render(_ reply: ImportRequest.Reply, isDryRun: Bool, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .right, .left)
        for data in reply.imported {
            let files =
                data.copied == 0
                ? Quantity.count(data.kept, "file") + " as it lay there"
                : Quantity.count(data.kept + data.copied, "file") + ", \(Quantity.count(data.copied)) from the cache"
            columns.add(
                .init(isDryRun ? "would import" : "imported"), .init(presentation.name(data.path, data.artifact?.pointer.kind)),
                .init(data.artifact.map { Quantity.bytes($0.pointer.size) } ?? ""), .init(files))
        }
        var text = columns.text
        if !reply.stages.isEmpty {
            text +=
                "\(isDryRun ? "would write" : "wrote") \(Quantity.count(reply.stages.count, "stage")) into tenon.yaml: "
                + reply.stages.prefix(10).map { displayName($0.utf8) }.joined(separator: ", ") + (reply.stages.count > 10 ? ", …\n" : "\n")
        }
        for path in reply.removed { text += "removed \(presentation.name(path))\n" }
        for note in reply.notes { text += "note: \(note)\n" }
        if text.isEmpty, reply.problems.isEmpty { return "nothing to import\n" }
        return text
    }
}
