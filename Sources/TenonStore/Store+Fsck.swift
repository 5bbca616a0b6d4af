import TenonCore
import TenonFormat

extension Store {
    /// Checks the store; with `rebuild`, makes catalog and index anew from packs first, and with `read` or `rebuild` decodes and hashes everything.
    ///
    /// Damage that it finds is marked, so that the next ingest of the same bytes stores them again; a mark on a block that reads well is taken back.
    /// `progress` may throw to stop. May run beside readers and writers; with `rebuild` throws `busy` if there are writers, or what runs in
    /// `reading` does not end soon.
    package func fsck(
        _ options: FsckOptions, progress: (FsckReport) throws -> Void, finding: (StoreFinding) -> Void
    ) throws -> FsckReport {
        var report = FsckReport()
        if options.rebuild {
            // No merge of small packs runs beside it: those have this queue too.
            try writerGate.withoutSessions { try maintenance.sync { try rebuild() } }
        }
        return try withoutActuallyEscaping(finding) { finding in
            let findings = FindingCounter(finding)
            let rows = try catalog.packs()
            report.totalPacks = rows.count
            report.totalBytes = rows.reduce(0) { $0 + $1.bytes }
            try checkListing(rows, findings)
            for row in rows {
                try check(row, read: options.read || options.rebuild, findings)
                report.packs += 1
                report.bytes += row.bytes
                report.blocks += UInt64(row.blocks)
                report.chunks += UInt64(row.chunks)
                report.findings = findings.count
                try progress(report)
            }
            try tellSalvaged(findings)
            report.snapshots = try checkSnapshots(findings)
            report.findings = findings.count
            try progress(report)
            return report
        }
    }

    /// Packs that are listed and gone, or there and not listed.
    private func checkListing(_ rows: [PackRow], _ findings: FindingCounter) throws {
        let listed = Set(rows.map(\.id))
        for name in try options.fileSystem.names(in: places.packs) {
            guard let id = StoreHome.packID(fileName: name), !listed.contains(id) else { continue }
            // One that a write has just named and not yet listed is no finding.
            if state.withLock({ $0.unreadablePacks.contains(id) }) {
                findings.note(StoreFinding(subject: "pack \(id.digest.hex)", detail: "this version can't read it; it is left alone"))
            }
        }
    }

    private func check(_ row: PackRow, read: Bool, _ findings: FindingCounter) throws {
        let check = PackCheck(store: self, row: row, finding: findings.note)
        guard let reader = try openOrHeal(check), read else { return }
        let known = index.view.damaged
        let (damaged, good) = try check.read(reader)
        for block in damaged { markDamaged(BlockAddress(pack: row.number, block: UInt32(block)), reason: "fsck could not read it") }
        let healed = good.map { BlockAddress(pack: row.number, block: UInt32($0)) }.filter { known.contains($0.packed) }
        if !healed.isEmpty {
            // A recipe that makes another file reads well, too.
            let blocks = Set(healed.map { Int($0.block) })
            try writeCatalog { try $0.write { try distrust(reader.footer.recipes(where: blocks.contains), in: $0) } }
            try writeCatalog { try $0.clearDamage(healed) }
            index.clearDamage(healed)
        }
        if !row.isProved, good.count == reader.footer.blockCount {
            try writeCatalog { try $0.markProved(row.number) }
            state.withLock { $0.packs[row.number]?.isProved = true }
        }
        check.hash()
    }

    /// The pack, if header, trailer and footer are right. Else a reader's way of healing serves here too: the pack is salvaged or unlisted. One that
    /// can't be opened for another reason, such as a bad sector, is left as it is; a finding has told of it.
    private func openOrHeal(_ check: PackCheck) throws -> PackReader? {
        if let reader = check.structure() { return reader }
        do {
            _ = try PackReader.open(options.fileSystem.readable(places.pack(check.row.id)))
        } catch let error as TenonError where error.code == .notFound {
            try unlist(check.row, reason: "its file is gone")
        } catch let error as TenonError where error.code == .corrupt {
            try salvage(check.row, reason: error)
        } catch is TenonError {}
        return nil
    }

    /// Checks of every pack what no pointer names: header, footer, and the records in it; tells of packs that were salvaged until `fsck` has.
    ///
    /// Heals as a reader does. `finding` is called for each thing that is wrong.
    package func verifyPacks(progress: ProgressSink, finding: (StoreFinding) -> Void) throws {
        try withoutActuallyEscaping(finding) { finding in
            for row in try catalog.packs() {
                try progress.check()
                let check = PackCheck(store: self, row: row, finding: finding)
                guard let reader = try openOrHeal(check) else { continue }
                for block in try check.read(reader, where: { ![.data, .node, .recipe].contains($0) }).damaged {
                    markDamaged(BlockAddress(pack: row.number, block: UInt32(block)), reason: "verify could not read it")
                }
            }
            for id in try salvagedPacks() { finding(Store.salvageFinding(id)) }
        }
    }

    /// The packs that were salvaged, and that no `fsck` has told of yet.
    private func salvagedPacks() throws -> [PackID] {
        try options.fileSystem.names(in: places.quarantine).compactMap(StoreHome.packID(fileName:))
    }

    private static func salvageFinding(_ id: PackID) -> StoreFinding {
        StoreFinding(
            subject: "pack \(id.digest.hex)",
            detail: "it was damaged; what could be read of it is stored again, and the damaged file lies in quarantine/")
    }

    /// Tells of salvaged packs, once: they get a name by which they are not told of again.
    private func tellSalvaged(_ findings: FindingCounter) throws {
        for id in try salvagedPacks() {
            findings.note(Store.salvageFinding(id))
            let path = places.quarantined(id)
            try options.fileSystem.rename(path, to: path + StoreHome.toldSuffix)
        }
    }

    /// Snapshots whose bytes are not all there. Returns how many snapshots there are.
    private func checkSnapshots(_ findings: FindingCounter) throws -> Int {
        let rows = try snapshots()
        for row in rows where try !ContentCheck(store: self).isComplete(row.content) {
            let content = row.content
            findings.note(
                StoreFinding(subject: "snapshot \(content.oid)", detail: "not all bytes of this \(content.kind.rawValue) are stored any more"))
        }
        return rows.count
    }

    /// Snapshots of which bytes were lost since they were stored.
    package func incompleteSnapshots() throws -> [Pointer] {
        try snapshots().map(\.content).filter { try !ContentCheck(store: self).isComplete($0) }
    }

    /// Throws catalog and index away and makes them anew from packs.
    ///
    /// The sweep must then delete nothing until every repository has been read once; the state `rebuilt` says so.
    private func rebuild() throws {
        try repairLock.withLock { _ in
            let rows = try catalog.packs()
            log.notice("catalog and index are made again from packs")
            try replaceCatalog()
            try catalog.setState("rebuilt", 1)
            try catalog.continueNumbers(after: rows.map(\.number).max() ?? 0)
            for row in rows {
                // A session that reuses it must look again: the number stands for nothing any more.
                losses.note(row.number)
                forget(row)
            }
            try index.removeAll()
        }
        try adopt(packsOnDisk())
    }
}

/// Passes findings on and counts them.
final class FindingCounter {
    private let next: (StoreFinding) -> Void
    private(set) var count = 0

    init(_ next: @escaping (StoreFinding) -> Void) {
        self.next = next
    }

    func note(_ finding: StoreFinding) {
        count += 1
        next(finding)
    }
}
