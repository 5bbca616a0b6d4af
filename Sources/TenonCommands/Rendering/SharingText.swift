import TenonAPI

/// What `remote`, `push` and `fetch` did.
enum SharingText {
    static func render(_ reply: RemoteRequest.Reply, _ presentation: Presentation) -> String {
        if reply.remotes.isEmpty { return "No remotes: \"tenon remote add origin URL\" adds one\n" }
        var columns = Columns(.left, .left, .left)
        for remote in reply.remotes {
            let notes = [remote.isDefault ? "default" : nil, limits(remote)].compactMap(\.self).joined(separator: "; ")
            let note = !remote.trusted ? "proposed by tenon.yaml: \(agreement(remote))" : notes
            columns.add(
                Columns.Cell(shown(remote.name)).painted(remote.trusted ? presentation.style.green : presentation.style.yellow),
                Columns.Cell(address(remote)), Columns.Cell(note).painted(presentation.style.dim))
        }
        return columns.text
    }

    static func added(_ name: String, _ reply: RemoteRequest.Reply, _ presentation: Presentation) -> String {
        let remote = reply.remotes.first { $0.name == name }
        let place = remote.map(address) ?? ""
        let note = remote.flatMap(limits).map { "Note: \($0)\n" } ?? ""
        return "Remote '\(shown(name))' is \(place)\(reply.existed ? ", which holds data of Tenon's already" : "")\n\(note)"
    }

    static func probed(_ name: String?, _ reply: RemoteRequest.Reply, _ presentation: Presentation) -> String {
        guard let remote = reply.remotes.first(where: { name == nil ? $0.isDefault : $0.name == name }) else { return "" }
        let found = remote.capabilities ?? []
        let tried = ["writes", "create-only", "compare-and-swap", "conditional-delete"]
        return tried.map { word in
            found.contains(word) ? "\(presentation.style.green("yes"))  \(word)\n" : "\(presentation.style.red("no "))  \(word)\n"
        }.joined() + (limits(remote).map { "'\(shown(remote.name))': \($0)\n" } ?? "")
    }

    /// What the storage was seen to lack, and what that means; `nil`: nothing, or it was not tried.
    private static func limits(_ remote: RemoteSummary) -> String? {
        guard let found = remote.capabilities else { return nil }
        if !found.contains("writes") { return "can only be fetched from" }
        let missing = [
            ("create-only", "create-only writes"), ("compare-and-swap", "compare-and-swap"), ("conditional-delete", "conditional removal"),
        ]
        .filter { !found.contains($0.0) }.map(\.1)
        return missing.isEmpty ? nil : "its storage has no \(missing.joined(separator: ", no ")): it can't be swept"
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
