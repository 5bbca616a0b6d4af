import Glibc
import TenonCore
import TenonFormat

extension Store {
    /// Begins to write. Throws `noSpace` if less is free than the store keeps free, `busy` while the store is being rebuilt.
    ///
    /// - Parameter isForeign: what is written was made elsewhere, so its recipes have to be proved.
    package func beginWrite(isForeign: Bool = false) throws -> PackSession {
        if let failure { throw failure }
        try checkSpace(for: 0)
        return try PackSession(store: self, isForeign: isForeign)
    }

    /// Makes packs that are on disk count, without a snapshot that needs them.
    @discardableResult
    func list(_ packs: [FinishedPack], areForeign: Bool) throws -> [PackRow] {
        guard !packs.isEmpty else { return [] }
        let segments = try packs.map { try IndexSegment.inMemory($0.row.id, footer: $0.footer) }
        let rows = try writeCatalog { catalog in
            try catalog.write { database in
                if areForeign { try distrust(packs.flatMap { $0.footer.recipes() }, in: database) }
                return try Catalog.list(packs.map(\.row), in: database)
            }
        }
        take(rows, segments: segments)
        return rows
    }

    /// The commit point of an ingest: its packs, the packs that it reuses, its snapshots and saved states, in one transaction.
    func commit(_ packs: [FinishedPack], areForeign: Bool, reused: Set<UInt32>, records: SessionRecords, knownLosses: Int) throws {
        let segments = try packs.map { try IndexSegment.inMemory($0.row.id, footer: $0.footer) }
        try checkPresence(of: reused)
        do {
            try list(packs, segments, areForeign: areForeign, reused: reused, records: records, knownLosses: knownLosses)
        } catch is PackSession.ReuseLost {
            // A merge that is just about to say what took its packs' place has said so when this lock is free.
            rearranging.withLock { _ in }
            try list(packs, segments, areForeign: areForeign, reused: reused, records: records, knownLosses: knownLosses)
        }
        mergeSmallPacksLater()
    }

    private func list(
        _ packs: [FinishedPack], _ segments: [IndexSegment], areForeign: Bool, reused: Set<UInt32>, records: SessionRecords, knownLosses: Int
    ) throws {
        let rows = try writeCatalog { catalog in
            try catalog.write { database in
                if areForeign { try distrust(packs.flatMap { $0.footer.recipes() }, in: database) }
                let rows = try Catalog.list(packs.map(\.row), in: database)
                let present = state.withLock { $0.present(reused) }
                var gone = try Catalog.stamp(present, in: database)
                // A loss is noted before the catalog is told. So it is seen here, or the catalog puts this snapshot in doubt after this.
                gone += losses.packs(since: knownLosses).filter { (reused.contains($0) || present.contains($0)) && !gone.contains($0) }
                if !gone.isEmpty { throw PackSession.ReuseLost(packs: gone) }
                try Catalog.insert(records.snapshots, proven: true, in: database)
                for (state, record) in records.savedStates {
                    try Catalog.insert(savedState: state.bytes, id: record, time: state.time, in: database)
                }
                for record in records.records { try Catalog.insert(record: record, in: database) }
                return rows
            }
        }
        take(rows, segments: segments)
    }

    /// Merges small packs in the background when enough of them have gathered.
    private func mergeSmallPacksLater() {
        maintenance.async { [self] in
            guard !isClosing.load(ordering: .relaxed), failure == nil else { return }
            let merge = SmallPackMerge(store: self)
            let rows = merge.candidates()
            guard !rows.isEmpty else { return }
            do {
                try merge.merge(rows)
            } catch {
                log.warning("small packs could not be merged", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Takes in packs that the catalog has listed.
    func take(_ rows: [PackRow], segments: [IndexSegment]) {
        state.withLock { state in
            for row in rows { state.packs[row.number] = row }
        }
        index.add(rows.map { ($0.id, $0.number) }, segments: segments)
    }

    /// Unlists those of `packs` whose files are gone: someone removed them behind the store's back, and no read has noticed yet.
    private func checkPresence(of packs: Set<UInt32>) throws {
        for row in packs.compactMap(row(of:)) where access(places.pack(row.id), F_OK) != 0 && errno == ENOENT {
            try unlist(row, reason: "its file is gone")
        }
    }
}
