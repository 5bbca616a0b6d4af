import GRDB
import TenonCore
import TenonFormat

/// A pack that is to be listed, with the records that lie in it.
struct AdoptedPack {
    let row: PackRow
    let footer: PackFooter
    /// Blocks of records that could not be read.
    private(set) var damagedBlocks: [Int] = []
    private var snapshots: [(row: SnapshotRow, record: Digest)] = []
    private var savedStates: [(state: SavedStateRecord, record: Digest)] = []
    private var records: [StoredRecord] = []

    /// - Parameter isProved: its objects' ids were told from their bytes. Else it is not known who wrote the pack.
    init(id: PackID, reader: PackReader, isProved: Bool = false) throws {
        footer = reader.footer
        var rawBytes: UInt64 = 0
        var hasData = false
        var hasMetadata = false
        for index in 0..<footer.blockCount {
            let info = footer.block(index)
            rawBytes += UInt64(info.rawLength)
            if info.type == .data { hasData = true } else { hasMetadata = true }
        }
        row = PackRow(
            id: id, bytes: reader.length, content: hasData ? (hasMetadata ? .mixed : .data) : .metadata, rawBytes: rawBytes,
            blocks: footer.blockCount, chunks: footer.chunkCount, isProved: isProved)
        for index in 0..<footer.blockCount where [.run, .snapshot, .savedState].contains(footer.block(index).type) {
            do {
                try readRecords(reader.decode(block: index))
            } catch let error as TenonError where error.code == .corrupt {
                damagedBlocks.append(index)
            } catch let error as TenonError where error.code == .unsupportedVersion {
                continue
            }
        }
    }

    private mutating func readRecords(_ block: DecodedBlock) throws {
        for (index, id) in try block.objectIDs().enumerated() {
            let bytes = Array(block.bytes(block.range(ofChunk: index)))
            do {
                switch block.type {
                case .run:
                    // Its id is its hash, so it is what was stored. One that can't be read is kept, and named by nothing here.
                    if let record = try? StoredRecord(parsing: bytes) { records.append(record) }
                case .snapshot:
                    let record = try SnapshotRecord(parsing: bytes)
                    snapshots.append((SnapshotRow(content: record.content, time: record.time), id))
                default: savedStates.append((try SavedStateRecord(parsing: bytes), id))
                }
            } catch let error as TenonError where error.code == .unsupportedVersion {
                // A newer Tenon's record is kept; only that version can list it.
                continue
            }
        }
    }

    /// Lists the pack and its records in one transaction; `replaced` is unlisted in the same one.
    ///
    /// Its snapshots are in doubt until all their bytes have been looked up: the packs that they rely on besides this one may be gone.
    func list(in store: Store, replacing replaced: PackRow? = nil) throws -> [PackRow] {
        try store.writeCatalog { catalog in
            try catalog.write { database in
                try store.distrust(footer.recipes(), in: database)
                let rows = try Catalog.list([row], in: database)
                try Catalog.insert(snapshots, proven: false, in: database)
                for (state, record) in savedStates {
                    try Catalog.insert(savedState: state.bytes, id: record, time: state.time, in: database)
                }
                for record in records { try Catalog.insert(record: record, in: database) }
                if let replaced {
                    try Catalog.remove(replaced.number, in: database)
                    try Catalog.doubtSnapshots(database)
                }
                return rows
            }
        }
    }
}
