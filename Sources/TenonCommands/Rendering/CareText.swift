import TenonAPI

/// What `verify`, `store`, `fsck` and `daemon` found.
enum CareText {
    /// - Parameter whole: what is meant where no artifact is named.
    static func finding(_ finding: VerifyFinding, of whole: String = "the store", _ presentation: Presentation) -> String {
        var line = "\(presentation.style.red(word(finding.problem)))  \(finding.artifact.map(presentation.name) ?? whole)"
        if let file = finding.file { line += ", file \(file)" }
        if let chunk = finding.chunk { line += ", chunk \(presentation.identifier(chunk))" }
        if let commit = finding.commit { line += ", commit \(presentation.identifier(commit))" }
        return line + ": \(finding.detail)\n"
    }

    static func summary(_ reply: VerifyRequest.Reply, scope: VerifyRequest.Scope, _ presentation: Presentation) -> String {
        let files = "\(Quantity.count(reply.files, "file")), \(Quantity.bytes(reply.bytes))"
        let artifacts = Quantity.count(reply.artifacts, "artifact")
        let what =
            switch scope {
            case .stored: "\(artifacts) of \(Quantity.count(reply.commits, "commit")), as stored: \(files)"
            case .workTree: "\(artifacts) in the work tree: \(files)"
            case .remote: "\(artifacts) of \(Quantity.count(reply.commits, "commit")): \(files)\(reply.remote.map(evidence) ?? "")"
            }
        let verdict = reply.findings == 0 ? presentation.style.green("all proved") : presentation.style.red(Quantity.count(reply.findings, "finding"))
        return "\(what); \(verdict)\n" + (reply.remote?.remedy.map { "To mend it: \($0)\n" } ?? "")
    }

    /// By what a remote's data was proved.
    private static func evidence(_ result: RemoteProof.Result) -> String {
        let listed =
            "\non '\(displayName(result.name.utf8))': \(Quantity.count(result.objects, "object")) in \(Quantity.count(result.packs, "pack")), listed"
        guard let share = result.readShare else { return listed }
        let read = "\(Quantity.count(result.readObjects)) read and hashed (\(Quantity.bytes(result.readBytes)))"
        return "\(listed); \(read)\(result.seed.map { ", a sample of \(Percentage.text(share)) with the seed \($0)" } ?? "")"
    }

    static func render(_ reply: StoreRequest.Reply, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left)
        columns.add("Store", Columns.Cell("\(reply.path)"))
        columns.add("Identifier", Columns.Cell(reply.id))
        columns.add("Tracked", Columns.Cell("\(Quantity.bytes(reply.trackedBytes)) in \(Quantity.count(reply.snapshots, "snapshot"))"))
        columns.add(
            "Unique",
            Columns.Cell("\(Quantity.bytes(reply.rawBytes)) in \(Quantity.count(reply.chunks, "chunk"))\(saving(reply.trackedBytes, reply.rawBytes))")
        )
        columns.add(
            "On disk",
            Columns.Cell("\(Quantity.bytes(reply.packBytes)) in \(Quantity.count(reply.packs, "pack"))\(saving(reply.trackedBytes, reply.packBytes))")
        )
        if reply.damagedBlocks > 0 {
            columns.add("Damaged", Columns.Cell(Quantity.count(reply.damagedBlocks, "block")).painted(presentation.style.red))
        }
        for (index, repository) in reply.repositories.enumerated() {
            columns.add(Columns.Cell(index == 0 ? "Repositories" : ""), Columns.Cell("\(repository)"))
        }
        return columns.text
    }

    static func finding(_ finding: FsckFinding, _ presentation: Presentation) -> String {
        let word = finding.healed == true ? presentation.style.green("healed ") : presentation.style.red("damaged")
        return "\(word)  \(finding.subject): \(finding.detail)\n"
    }

    static func summary(_ reply: FsckRequest.Reply, _ presentation: Presentation) -> String {
        let what = [
            Quantity.count(reply.packs, "pack"), Quantity.count(reply.blocks, "block"), Quantity.count(reply.chunks, "chunk"),
            Quantity.count(reply.snapshots, "snapshot"),
        ].joined(separator: ", ")
        let verdict = reply.findings == 0 ? presentation.style.green("in order") : presentation.style.red(Quantity.count(reply.findings, "finding"))
        return "\(what): \(verdict)\n" + (reply.repair.map { repaired($0, presentation) } ?? "")
    }

    private static func repaired(_ result: FsckRepair.Result, _ presentation: Presentation) -> String {
        var text = result.snapshots == 0 ? "" : "Restored \(Quantity.count(result.snapshots, "snapshot"))\n"
        for remote in result.remotes where remote.objects > 0 || remote.lost > 0 {
            text +=
                "'\(displayName(remote.name.utf8))': \(Quantity.count(remote.objects, "object")) stored again, \(Quantity.bytes(remote.bytes)) sent"
            text += remote.lost == 0 ? "\n" : "; \(presentation.style.red("\(Quantity.count(remote.lost)) that the store lacks too"))\n"
        }
        if result.remaining == 0 { return text + "\(presentation.style.green("Nothing is amiss now"))\n" }
        return text + presentation.style.red("\(Quantity.count(result.remaining, "finding")) \(result.remaining == 1 ? "stays" : "stay")") + "\n"
    }

    static func render(_ info: DaemonInfo, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left)
        columns.add("Running", Columns.Cell("process \(info.pid), for \(Quantity.duration(info.uptime))"))
        columns.add("Version", Columns.Cell("\(info.version), API \(info.apiMinimum) to \(info.api)"))
        columns.add("Store", Columns.Cell("\(info.store)"))
        columns.add("Identifier", Columns.Cell(info.storeIdentifier))
        columns.add("Memory", Columns.Cell(Quantity.bytes(info.residentBytes)))
        let artifacts = Quantity.count(info.watchedArtifacts, "artifact")
        columns.add("Watching", Columns.Cell("\(artifacts), \(Quantity.count(info.watchedDirectories, "directory", plural: "directories"))"))
        columns.add("Log", Columns.Cell("\(info.log)"))
        return columns.text
    }

    private static func saving(_ tracked: UInt64, _ held: UInt64) -> String {
        Quantity.ratio(tracked, held).map { " (\($0) to 1)" } ?? ""
    }

    private static func word(_ problem: VerifyFinding.Problem) -> String {
        switch problem {
        case .missing: "missing"
        case .damaged: "damaged"
        case .differs: "differs"
        case .badPointer: "bad pointer"
        }
    }
}
