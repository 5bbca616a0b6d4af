import TenonCore
import TenonFormat

/// Merges sorted segments into one, leaving out what lies in packs that no longer count.
struct SegmentMerger {
    let segments: [IndexSegment]
    let isListed: (PackID) -> Bool

    /// Writes the merged segment into a file and opens it.
    func write(to temporary: String, finalPath: String, fileSystem: FileSystem) throws -> IndexSegment {
        let file = try fileSystem.create(temporary)
        try merge { try file.write($0) }
        file.close()
        try fileSystem.rename(temporary, to: finalPath)
        return try IndexSegment(memory: SegmentMemory(mapping: finalPath), path: finalPath)
    }

    private func merge(into sink: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
        var packs: [PackID] = []
        var places: [PackID: UInt32] = [:]
        /// For each segment, the new place of each of its packs.
        let translations: [[UInt32?]] = segments.map { segment in
            segment.packs.map { pack in
                if let place = places[pack] { return place }
                guard isListed(pack) else { return nil }
                places[pack] = UInt32(packs.count)
                packs.append(pack)
                return places[pack]
            }
        }
        let writer = SegmentWriter(expected: segments.flatMap { $0.types }, sink: sink)
        for type in Set(segments.flatMap { $0.types.map(\.type) }).sorted() {
            try merge(type, translations, into: writer)
        }
        try writer.finish(packs: packs)
    }

    private func merge(_ type: BlockType, _ translations: [[UInt32?]], into writer: SegmentWriter) throws {
        let sources = segments.map { $0.entries(of: type) }
        var positions = [Int](repeating: 0, count: sources.count)
        var previous: IndexEntry?
        while true {
            var smallest = -1
            for index in sources.indices where positions[index] < sources[index].count {
                if smallest < 0 || sources[index][positions[index]].id < sources[smallest][positions[smallest]].id { smallest = index }
            }
            guard smallest >= 0 else { break }
            let entry = sources[smallest][positions[smallest]]
            positions[smallest] += 1
            guard Int(entry.pack) < translations[smallest].count, let pack = translations[smallest][Int(entry.pack)] else { continue }
            let moved = IndexEntry(id: entry.id, pack: pack, block: entry.block, offset: entry.offset, length: entry.length)
            // A pack that two segments cover gives the same entry twice.
            if let previous, previous.id == moved.id, previous.pack == moved.pack, previous.block == moved.block, previous.offset == moved.offset {
                continue
            }
            try writer.add(type, moved)
            previous = moved
        }
    }
}
