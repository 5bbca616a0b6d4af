import GRDB
import Glibc
import TenonCore
import TenonFormat

extension Store {
    /// Brings catalog and index in line with the packs on disk: removes what was cut short, unlists what is gone, adopts what is not listed,
    /// salvages what can't be read.
    func recover() throws {
        var listed = Dictionary(uniqueKeysWithValues: try catalog.packs().map { ($0.id, $0) })
        try removeTemporaryFiles()
        let found = try packsOnDisk()
        let missing = listed.values.filter { !found.contains($0.id) }
        for row in missing {
            log.error("a pack is gone and is unlisted", metadata: ["pack": "\(row.id.digest.hex)"])
            listed[row.id] = nil
        }
        try catalog.unlist(missing.map(\.number))
        let covered = try index.load()
        let unproved = try catalog.unprovedFiles()
        state.withLock { state in
            state.distrust(unproved)
            for row in listed.values { state.packs[row.number] = row }
        }
        index.set(numbers: listed.mapValues { $0.number }, damaged: try catalog.damagedBlocks())
        try adopt(found.filter { listed[$0] == nil })
        try indexFooters(of: listed.values.filter { !covered.contains($0.id) })
        try expireSavedStates()
    }

    /// Drops saved states that are too old, but never on one word of the clock, which may be wrong at one start: they were too old already at an
    /// earlier one, at least a day before by the same clock, and at all between.
    private func expireSavedStates() throws {
        let now = options.now()
        let limit = { (time: UInt64) in time - min(time, Store.savedStateLifetime) }
        let key = "overdue"
        let earlier = try catalog.state(key).map { UInt64(clamping: $0) }
        guard try catalog.hasSavedStates(before: limit(now)) else {
            if earlier != nil { try catalog.removeState(key) }
            return
        }
        if let earlier, earlier <= now {
            guard now - earlier >= Store.clockProof else { return }
            try catalog.expireSavedStates(before: limit(earlier))
        }
        try catalog.setState(key, Int64(clamping: now))
    }

    /// Removes what writes left that were cut short. Only while nobody writes: also a pack that is made for a remote is such a file.
    private func removeTemporaryFiles() throws {
        for name in try options.fileSystem.names(in: places.packs) where name.hasSuffix(StoreHome.temporarySuffix) {
            try options.fileSystem.remove(places.packs + "/" + name)
        }
    }

    /// The packs that lie in `packs/`, by their names.
    func packsOnDisk() throws -> Set<PackID> {
        var found: Set<PackID> = []
        for name in try options.fileSystem.names(in: places.packs) {
            if let id = StoreHome.packID(fileName: name) {
                found.insert(id)
            } else if !name.hasSuffix(StoreHome.temporarySuffix) {
                log.warning("a file in packs/ is not a pack; it is left alone", metadata: ["file": "\(displayName(name.utf8))"])
            }
        }
        return found
    }

    /// Takes the footers of listed packs into the index; packs whose footers are damaged are salvaged. One that the disk can't give back now stays
    /// listed, without its objects being found: the next start tries again.
    private func indexFooters(of rows: [PackRow]) throws {
        for row in rows.sorted(by: { $0.number < $1.number }) {
            do {
                let segment = try IndexSegment.inMemory(row.id, footer: try reader(row).footer)
                index.add([(row.id, row.number)], segments: [segment])
            } catch let error as TenonError where error.code == .io {
                log.error("a pack can't be read; it is left alone", metadata: ["pack": "\(row.id.digest.hex)", "reason": "\(error)"])
                try writeCatalog { try $0.write(Catalog.doubtSnapshots) }
            } catch let error as TenonError where error.code == .corrupt {
                try salvage(row, reason: error)
            }
        }
    }

    /// Lists packs that lie on disk and are not listed: what a write left that was cut short before its transaction, or all packs when the catalog
    /// is made again.
    func adopt(_ packs: some Collection<PackID>) throws {
        for id in packs.sorted() {
            do {
                let adopted = try AdoptedPack(id: id, reader: PackReader.open(options.fileSystem.readable(places.pack(id))))
                let rows = try adopted.list(in: self)
                take(rows, segments: [try IndexSegment.inMemory(id, footer: adopted.footer)])
                for block in adopted.damagedBlocks {
                    for row in rows { markDamaged(BlockAddress(pack: row.number, block: UInt32(block)), reason: "its records can't be read") }
                }
                log.notice("a pack that was not listed is adopted", metadata: ["pack": "\(id.digest.hex)"])
            } catch let error as TenonError where error.code == .unsupportedVersion {
                log.warning("a pack can't be read by this version and is left alone", metadata: ["pack": "\(id.digest.hex)", "reason": "\(error)"])
                state.withLock { $0.unreadablePacks.append(id) }
            } catch let error as TenonError where error.code == .io {
                log.error("a pack can't be read and is left alone", metadata: ["pack": "\(id.digest.hex)", "reason": "\(error)"])
                state.withLock { $0.unreadablePacks.append(id) }
            } catch let error as TenonError where error.code == .corrupt {
                salvageUnlisted(id, reason: error)
            }
        }
    }

    /// Salvages a pack that is not listed. One that can't be salvaged now (no space, a codec of a newer version) stays for the next start.
    private func salvageUnlisted(_ id: PackID, reason: TenonError) {
        do {
            try salvage(id, listed: nil, reason: reason)
        } catch {
            log.error("a damaged pack could not be salvaged and is left alone", metadata: ["pack": "\(id.digest.hex)", "reason": "\(error)"])
            state.withLock { $0.unreadablePacks.append(id) }
        }
    }

    /// Salvages a listed pack whose footer can't be read.
    func salvage(_ row: PackRow, reason: TenonError) throws {
        try repairLock.withLock { _ in
            // Another thread may have done it meanwhile.
            guard self.row(of: row.number) != nil else { return }
            losses.note(row.number)
            do {
                try salvage(row.id, listed: row, reason: reason)
            } catch let error as TenonError {
                // It stays on disk, to be adopted or salvaged at the next start; until then its bytes don't count.
                guard self.row(of: row.number) != nil else { throw error }
                try unlist(row, reason: "it could not be salvaged: \(error)")
                state.withLock { $0.unreadablePacks.append(row.id) }
            }
        }
    }

    /// Makes packs anew that hold damaged blocks of which every object lies elsewhere too; the damaged files go to `quarantine/`.
    ///
    /// A pack that can't be made anew, because there is no space, a newer version wrote some of it, or more of it turns out to be unreadable, stays
    /// as it is.
    package func retireDamagedBlocks() throws {
        if index.view.damaged.isEmpty { return }
        let areRecordsSpare = try renewRecords()
        for number in Set(index.view.damaged.map { UInt32(truncatingIfNeeded: $0 >> 32) }).sorted() {
            try repairLock.withLock { _ in
                guard let row = row(of: number), let footer = try? reader(row).footer else { return }
                let damaged = index.view.damaged
                let isSpare = (0..<footer.chunkCount).allSatisfy { index in
                    let chunk = footer.chunk(index)
                    if !damaged.contains(BlockAddress(pack: number, block: UInt32(chunk.block)).packed) { return true }
                    return contains(chunk.key) || (areRecordsSpare && [.snapshot, .savedState].contains(chunk.key.type))
                }
                guard isSpare else { return }
                losses.note(number)
                do {
                    try salvage(row.id, listed: row, reason: TenonError(.corrupt, "some of its blocks are damaged, and lie elsewhere again"))
                    try options.fileSystem.rename(places.quarantined(row.id), to: places.quarantined(row.id) + StoreHome.toldSuffix)
                } catch let error as TenonError where [.unsupportedVersion, .noSpace, .io, .corrupt].contains(error.code) {
                    log.warning("a pack with damaged blocks is left as it is", metadata: ["pack": "\(row.id.digest.hex)", "reason": "\(error)"])
                }
            }
        }
    }

    /// Writes records again that lie in damaged blocks: the catalog knows what they said. Whether packs have all again that the catalog has.
    private func renewRecords() throws -> Bool {
        let rows = try snapshots()
        let whole = try rows.filter { try ContentCheck(store: self).isComplete($0.content) }
        let states = try savedStates().filter { !contains(ObjectKey(type: .savedState, id: $0.id)) }
        _ = try beginWrite().commit(whole, savedStates: states.map(\.record))
        return whole.count == rows.count
    }

    /// Copies what a forward scan finds into a new pack that takes the old one's place; the old one goes to `quarantine/`.
    ///
    /// Throws `corrupt`, and leaves a listed pack as it is, if the copy would lack objects of blocks that are not known to be damaged.
    private func salvage(_ id: PackID, listed: PackRow?, reason: TenonError) throws {
        log.error("a pack is damaged and is salvaged", metadata: ["pack": "\(id.digest.hex)", "reason": "\(reason)"])
        let finished = try PackSalvage(store: self).copy(from: places.pack(id))
        if let listed {
            do {
                try requireWhole(finished, of: listed)
            } catch {
                if let finished { try options.fileSystem.remove(places.pack(finished.row.id)) }
                throw error
            }
        }
        if let finished {
            let reader = try PackReader.open(options.fileSystem.readable(places.pack(finished.row.id)))
            let copy = try AdoptedPack(id: finished.row.id, reader: reader, isProved: true)
            let rows = try copy.list(in: self, replacing: listed)
            if let listed { forget(listed) }
            take(rows, segments: [try IndexSegment.inMemory(finished.row.id, footer: finished.footer)])
        } else if let listed {
            forget(listed)
            try writeCatalog { try $0.unlist([listed.number]) }
        }
        try options.fileSystem.rename(places.pack(id), to: places.quarantined(id))
        try options.fileSystem.synchronizeDirectory(places.packs)
    }

    /// Throws `corrupt` if the footer of `row` lists an object, outside its damaged blocks, that neither `copy` has nor another pack. Of a pack whose
    /// footer is damaged too, nothing can be said.
    private func requireWhole(_ copy: FinishedPack?, of row: PackRow) throws {
        let footer: PackFooter
        do {
            footer = try PackReader.open(options.fileSystem.readable(places.pack(row.id))).footer
        } catch let error as TenonError where error.code == .corrupt {
            return
        }
        let view = index.view
        for chunk in (0..<footer.chunkCount).lazy.map(footer.chunk) {
            if view.damaged.contains(BlockAddress(pack: row.number, block: UInt32(chunk.block)).packed) { continue }
            if copy?.footer.find(chunk.key) != nil { continue }
            guard view.locations(of: chunk.key, includingDamaged: false).contains(where: { $0.pack != row.number }) else {
                throw TenonError(
                    .corrupt, "pack \(row.id.digest.hex) can't be made anew without loss", cause: "block \(chunk.block) can't be read any more")
            }
        }
    }
}
