import TenonAPI

/// What `remote`, `push` and `fetch` did.
enum SharingText {
    static func render(_ reply: RemoteRequest.Reply, _ presentation: Presentation) -> String {
        if reply.remotes.isEmpty { return "No remotes: \"tenon remote add origin URL\" adds one\n" }
        var columns = Columns(.left, .left, .left)
        for remote in reply.remotes {
            let note = !remote.trusted ? "proposed by tenon.yaml: \(agreement(remote))" : remote.isDefault ? "default" : ""
            columns.add(
                Columns.Cell(shown(remote.name)).painted(remote.trusted ? presentation.style.green : presentation.style.yellow),
                Columns.Cell(address(remote)), Columns.Cell(note).painted(presentation.style.dim))
        }
        return columns.text
    }

    static func added(_ name: String, _ reply: RemoteRequest.Reply, _ presentation: Presentation) -> String {
        let place = reply.remotes.first { $0.name == name }.map(address) ?? ""
        return "Remote '\(shown(name))' is \(place)\(reply.existed ? ", which holds data of Tenon's already" : "")\n"
    }

    static func render(_ reply: PushRequest.Reply, dryRun: Bool, _ presentation: Presentation) -> String {
        reply.remotes.map { remote in
            if remote.newSnapshots == 0 {
                return "'\(shown(remote.name))' has everything: \(Quantity.count(remote.snapshots, "snapshot"))\n"
            }
            let what =
                "\(Quantity.count(remote.newSnapshots, "snapshot")), \(Quantity.bytes(remote.bytes)) in \(Quantity.count(remote.packs, "pack"))"
            return dryRun ? "Would send to '\(shown(remote.name))': \(what)\n" : "Sent to '\(shown(remote.name))': \(what)\n"
        }.joined()
    }

    static func render(_ reply: FetchRequest.Reply, dryRun: Bool, _ presentation: Presentation) -> String {
        if reply.fetched == 0 && reply.failed.isEmpty { return "Everything is here: \(Quantity.count(reply.snapshots, "snapshot"))\n" }
        if reply.fetched == 0 { return "" }
        return "\(dryRun ? "Would fetch" : "Fetched") \(Quantity.count(reply.fetched, "snapshot")), \(Quantity.bytes(reply.bytes))\n"
    }

    /// A remote that is only proposed, and how to agree to it.
    static func proposal(_ remote: RemoteSummary) -> String { "'\(shown(remote.name))' at \(address(remote)); \(agreement(remote)) agrees to it" }

    private static func agreement(_ remote: RemoteSummary) -> String { "\"tenon remote trust \(shown(remote.name))\"" }

    private static func address(_ remote: RemoteSummary) -> String {
        shown(remote.url) + (remote.endpoint.map { " at \(shown($0))" } ?? "")
    }

    private static func shown(_ text: String) -> String { displayName(Array(text.utf8)) }
}
