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

    /// Merges `rows`. On any failure, all stays as it was. A session that meant to reuse one of them is told so when it commits.
    func merge(_ rows: [PackRow]) throws {
        var finished: [FinishedPack] = []
        var copied: Set<ObjectKey> = []
        for isData in [true, false] {
            var writer: PackWriter?
            do {
                for row in rows { try copy(row, isData: isData, to: &writer, copied: &copied, finished: &finished) }
                if let last = writer.take() { try finished.append(seal(last)) }
            } catch {
                writer?.discard()
                throw error
            }
        }
        let segments = try finished.map { try IndexSegment.inMemory($0.row.id, footer: $0.footer) }
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
            return listed
        }
        for row in rows { try store.options.fileSystem.remove(store.places.pack(row.id)) }
        store.log.info("small packs were merged", metadata: ["before": "\(rows.count)", "after": "\(listed.count)"])
    }

    private func copy(
        _ row: PackRow, isData: Bool, to writer: inout PackWriter?, copied: inout Set<ObjectKey>, finished: inout [FinishedPack]
    ) throws {
        let reader = try store.reader(row)
        for index in 0..<reader.footer.blockCount where (reader.footer.block(index).type == .data) == isData {
            let block = try reader.decode(block: index)
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
                try finished.append(seal(target))
            }
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
        return try block.raw.withUnsafeBytes { try encoder.encode(type: block.type, chunks: chunks, raw: $0, choice: choice) }
    }

    private func seal(_ writer: PackWriter) throws -> FinishedPack {
        do {
            let finished = try writer.finish()
            try finished.seal(home: store.places, fileSystem: store.options.fileSystem)
            return finished
        } catch {
            writer.discard()
            throw error
        }
    }
}
