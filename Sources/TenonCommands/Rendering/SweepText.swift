import TenonAPI

/// What `sweep` found and did.
enum SweepText {
    static func render(_ result: RemoteSweepResult, dryRun: Bool, _ presentation: Presentation) -> String {
        var text = clones(result, presentation)
        text += "Needed on '\(displayName(result.name.utf8))': \(count(result.needed))\n"
        if result.removed != SweepCount() { text += "\(dryRun ? "Would remove" : "Removed"): \(count(result.removed))\n" }
        if result.repacked != RepackCount() { text += repacked(result.repacked, dryRun: dryRun) }
        if result.condemned != SweepCount() {
            text += "\(dryRun ? "Would condemn" : "Condemned"): \(count(result.condemned))\(dryRun ? "" : "; a later sweep removes it")\n"
        }
        if result.waiting != SweepCount() { text += "Condemned before, and waiting: \(count(result.waiting))\(reason(result))\n" }
        if [result.removed, result.condemned, result.waiting].allSatisfy({ $0 == SweepCount() }) {
            text += "\(presentation.style.green("Nothing is there that nobody needs"))\n"
        }
        for pack in result.damaged {
            text += "\(presentation.style.red("Damaged")), and left as it is: pack \(displayName(pack.utf8)); see to it with 'tenon fsck --repair'\n"
        }
        return text
    }

    private static func repacked(_ count: RepackCount, dryRun: Bool) -> String {
        let (packs, freed) = (Quantity.count(count.packs, "mostly dead pack"), Quantity.bytes(count.freed))
        return dryRun
            ? "Would repack: \(Quantity.bytes(count.bytes)) out of \(packs), which frees \(freed)\n"
            : "Repacked: \(Quantity.bytes(count.bytes)) out of \(packs), which frees \(freed) once they are removed\n"
    }

    private static func clones(_ result: RemoteSweepResult, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, .right)
        for clone in result.repositories {
            columns.add(
                Columns.Cell(String(clone.id.prefix(8))).painted(presentation.style.yellow), Columns.Cell(displayName(clone.writer.utf8)),
                Columns.Cell(clone.isHere ? "here" : Timestamp.local(clone.time)), Columns.Cell(Quantity.count(clone.snapshots, "snapshot")))
        }
        return columns.text
    }

    private static func reason(_ result: RemoteSweepResult) -> String {
        if let due = result.due { return ", until \(Timestamp.local(due)) at least" }
        return result.pushes > 0 ? ", for \(Quantity.count(result.pushes, "push", plural: "pushes")) under way" : ""
    }

    private static func count(_ count: SweepCount) -> String {
        let packs = "\(Quantity.bytes(count.bytes)) in \(Quantity.count(count.packs, "pack"))"
        return count.snapshots == 0 ? packs : "\(Quantity.count(count.snapshots, "snapshot")), \(packs)"
    }
}
