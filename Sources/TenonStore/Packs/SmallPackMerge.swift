import TenonCore
import TenonFormat

/// Copies what lies in many small packs into few larger ones, and lets those take their place.
///
/// Ingests of a file or two leave a small pack each; without this, a store would end with as many packs as it has seen commits.
struct SmallPackMerge {
    /// Packs below this are small.
    static let limit: UInt64 = 4 << 20
    /// So many small packs are worth a merge.
    static let worthwhileCount = 10

    let store: Store
    private let encoder = BlockEncoder()

    init(store: Store) {
        self.store = store
    }

    /// The small packs, if there are enough of them. Those with damage stay as they are: what is good in them is still read there.
    func candidates() -> [PackRow] {
        let damaged = Set(store.index.view.damaged.map { UInt32(truncatingIfNeeded: $0 >> 32) })
        let small = store.state.withLock { state in
            state.packs.values.filter { $0.bytes < SmallPackMerge.limit && !damaged.contains($0.number) }
        }
        return small.count >= SmallPackMerge.worthwhileCount ? small.sorted { $0.number < $1.number } : []
    }

    /// Merges `rows`. On a failure before the catalog has it, all counts as before, and what was written is taken up at the next start. A session that meant
    /// to reuse one of them relies on what took its place.
    func merge(_ rows: [PackRow]) throws {
        let rows = try openable(rows)
        guard !rows.isEmpty else { return }
        try store.checkSpace(for: rows.reduce(0) { $0 + $1.bytes })
        let (finished, segments) = try copies(of: rows)
        let listed = try store.rearranging.withLock { _ in
            let listed = try store.writeCatalog { catalog in
                try catalog.write { database in
                    let listed = try Catalog.list(finished.map(\.row), in: database)
                    for row in rows { try Catalog.remove(row.number, in: database) }
                    return listed
                }
            }
            // The new packs are found before the old ones are not.
            store.take(listed, segments: segments)
            for row in rows { store.forget(row) }
            store.state.withLock { $0.note(successors: listed.map(\.number), of: rows.map(\.number)) }
            return listed
        }
        for row in rows {
            do {
                try store.options.fileSystem.remove(store.places.pack(row.id))
            } catch {
                // It is not listed any more; what it holds is held twice until somebody removes it.
                store.log.warning("a merged pack was not removed", metadata: ["pack": "\(row.id)", "error": "\(error)"])
            }
        }
        store.log.info("small packs were merged", metadata: ["before": "\(rows.count)", "after": "\(listed.count)"])
    }

    /// Those of `rows` that can be opened. The others are healed as a reader would heal them, so that no later merge begins in vain.
    private func openable(_ rows: [PackRow]) throws -> [PackRow] {
        try rows.filter { row in
            do {
                _ = try store.reader(row)
                return true
            } catch let error as TenonError where error.code == .notFound {
                try store.unlist(row, reason: "its file is gone")
            } catch let error as TenonError where error.code == .corrupt {
                try store.salvage(row, reason: error)
            } catch let error as TenonError {
                store.log.warning("a small pack can't be merged", metadata: ["pack": "\(row.id.digest.hex)", "reason": "\(error)"])
            }
            return false
        }
    }

    /// New packs with all that `rows` hold, on disk and not listed. If they can't be made whole, none is left.
    private func copies(of rows: [PackRow]) throws -> ([FinishedPack], [IndexSegment]) {
        var finished: [FinishedPack] = []
        var writer: PackWriter?
        do {
            var copied: Set<ObjectKey> = []
            for isData in [true, false] {
                for row in rows { try copy(row, isData: isData, to: &writer, copied: &copied, finished: &finished) }
                if let last = writer.take() { try seal(last, into: &finished) }
            }
            return (finished, try finished.map { try IndexSegment.inMemory($0.row.id, footer: $0.footer) })
        } catch {
            writer?.discard()
            for pack in finished { try? store.options.fileSystem.remove(store.places.pack(pack.row.id)) }
            throw error
        }
    }

    private func copy(
        _ row: PackRow, isData: Bool, to writer: inout PackWriter?, copied: inout Set<ObjectKey>, finished: inout [FinishedPack]
    ) throws {
        let reader = try store.reader(row)
        for index in 0..<reader.footer.blockCount where (reader.footer.block(index).type == .data) == isData {
            let block = try decode(index, of: reader, row: row)
            // Each object's id is told from its bytes: what is damaged is not copied, and the merge ends.
            let keys = try block.objectIDs().map { ObjectKey(type: block.type, id: $0) }
            try check(keys, of: index, in: reader, row: row)
            guard !copied.isSuperset(of: keys) else { continue }
            copied.formUnion(keys)
            let target = try writer ?? PackWriter(home: store.places, fileSystem: store.options.fileSystem)
            writer = target
            try target.append(encode(block, keys: keys, codec: reader.footer.block(index).codec))
            if target.byteCount >= UInt64(store.options.packTarget) {
                writer = nil
                try seal(target, into: &finished)
            }
        }
    }

    /// The block. One that is damaged is marked, so that the next merge leaves its pack out.
    private func decode(_ index: Int, of reader: PackReader, row: PackRow) throws -> DecodedBlock {
        do {
            return try reader.decode(block: index)
        } catch let error as TenonError where error.code == .corrupt {
            store.markDamaged(BlockAddress(pack: row.number, block: UInt32(index)), reason: error.description)
            throw error
        }
    }

    private func check(_ keys: [ObjectKey], of index: Int, in reader: PackReader, row: PackRow) throws {
        guard keys.allSatisfy({ key in reader.footer.find(key) != nil }) else {
            store.markDamaged(BlockAddress(pack: row.number, block: UInt32(index)), reason: "its objects are not those of the footer")
            throw TenonError(.corrupt, "block \(index) of pack \(row.id.digest.hex) is damaged")
        }
    }

    /// With the kind of codec that the block had: who asked for none or for zlib keeps it.
    private func encode(_ block: DecodedBlock, keys: [ObjectKey], codec: UInt8) throws -> EncodedBlock {
        let choice: CompressionChoice =
            switch Codec(rawValue: codec) {
            case .stored: .none
            case .zlib: .zlib
            default: .auto
            }
        let chunks = keys.enumerated().map { BlockChunk(id: $1.id, length: UInt32(block.range(ofChunk: $0).count)) }
        return try block.withUnsafeBytes { try encoder.encode(type: block.type, chunks: chunks, raw: $0, choice: choice) }
    }

    private func seal(_ writer: PackWriter, into finished: inout [FinishedPack]) throws {
        do {
            let pack = try writer.finish()
            // Noted first: it may have its name although it could not be sealed.
            finished.append(pack)
            try pack.seal(home: store.places, fileSystem: store.options.fileSystem)
        } catch {
            writer.discard()
            throw error
        }
    }
}
