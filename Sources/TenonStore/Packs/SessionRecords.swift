import TenonCore
import TenonFormat

/// The records that a commit writes into packs, so that the catalog can be made again from them.
struct SessionRecords {
    let snapshots: [(row: SnapshotRow, record: Digest)]
    let savedStates: [(state: SavedStateRecord, record: Digest)]
    let records: [StoredRecord]
    /// Blocks that hold the records that no pack holds yet.
    let blocks: [EncodedBlock]

    init(snapshots: [SnapshotRow], savedStates: [SavedStateRecord], records: [StoredRecord], store: Store) throws {
        var blocks: [EncodedBlock] = []
        let encoder = BlockEncoder()
        self.snapshots = try snapshots.map { row in
            // A record whose block was damaged is written again with its snapshot.
            if let known = try store.catalog.record(of: row.content), store.contains(ObjectKey(type: .snapshot, id: known)) { return (row, known) }
            let bytes = SnapshotRecord(content: row.content, time: row.time).bytes
            return (row, try SessionRecords.add(bytes, .snapshot, to: &blocks, encoder: encoder))
        }
        self.savedStates = try savedStates.map { ($0, try SessionRecords.add($0.bytes, .savedState, to: &blocks, encoder: encoder)) }
        for record in records { _ = try SessionRecords.add(record.statement.bytes, .run, to: &blocks, encoder: encoder) }
        self.records = records
        self.blocks = blocks
    }

    private static func add(_ bytes: [UInt8], _ type: BlockType, to blocks: inout [EncodedBlock], encoder: BlockEncoder) throws -> Digest {
        let id = SHA256Hasher.hash(bytes)
        let chunk = BlockChunk(id: id, length: UInt32(bytes.count))
        blocks.append(try bytes.withUnsafeBytes { try encoder.encode(type: type, chunks: [chunk], raw: $0, choice: .auto, layout: nil) })
        return id
    }
}
