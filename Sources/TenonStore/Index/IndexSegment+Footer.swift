import TenonCore
import TenonFormat

extension IndexSegment {
    /// A segment in memory of what one pack holds.
    static func inMemory(_ pack: PackID, footer: PackFooter) throws -> IndexSegment {
        let collector = ByteCollector()
        var counts: [BlockType: Int] = [:]
        for index in 0..<footer.chunkCount { counts[footer.chunk(index).key.type, default: 0] += 1 }
        let writer = SegmentWriter(expected: counts.map { ($0.key, $0.value) }) { collector.bytes.append(contentsOf: $0) }
        for index in 0..<footer.chunkCount {
            let chunk = footer.chunk(index)
            let entry = IndexEntry(id: chunk.key.id, pack: 0, block: UInt32(chunk.block), offset: chunk.offset, length: chunk.length)
            try writer.add(chunk.key.type, entry)
        }
        try writer.finish(packs: [pack])
        return try IndexSegment(memory: SegmentMemory(copying: collector.bytes), path: nil)
    }
}

/// Gathers what a segment writer emits.
private final class ByteCollector {
    var bytes: [UInt8] = []
}
