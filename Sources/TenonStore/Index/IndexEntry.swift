import TenonCore

/// One object in an index segment, as it lies in the file: 48 bytes in the machine's own byte order.
struct IndexEntry {
    let id: Digest
    /// Place of the pack in the segment's own list.
    let pack: UInt32
    let block: UInt32
    let offset: UInt32
    let length: UInt32
}
