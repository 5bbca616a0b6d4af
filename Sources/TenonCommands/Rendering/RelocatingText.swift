import TenonAPI

/// What `mv` and `rm` did, or would do.
enum RelocatingText {
    static func render(_ reply: MoveRequest.Reply, dryRun: Bool, _ presentation: Presentation) -> String {
        let verb = dryRun ? "would move" : "moved"
        return reply.moved.map { "\(verb)  \(presentation.name($0.from)) -> \(presentation.name($0.to))\n" }.joined()
    }

    static func render(_ reply: RemoveRequest.Reply, dryRun: Bool, _ presentation: Presentation) -> String {
        let verb = dryRun ? "would remove" : "removed"
        return reply.removed.map { artifact in
            let saved = artifact.saved.map { "  (\"tenon recover \(presentation.identifier($0))\" brings it back)" } ?? ""
            return "\(verb)  \(presentation.name(artifact.path))\(saved)\n"
        }.joined()
    }
}
