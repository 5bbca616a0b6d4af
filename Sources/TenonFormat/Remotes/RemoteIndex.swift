import TenonCore

/// One index object of a remote: which objects lie in which of its packs, and in which block.
///
/// It is held as its bytes, and nothing else; look-ups go through the table of first bytes.
package struct RemoteIndex: Sendable {
    /// A pack that the index covers.
    package struct Pack: Hashable, Sendable {
        package let id: PackID
        /// Of the whole pack, in bytes.
        package let length: UInt64

        package init(id: PackID, length: UInt64) {
            self.id = id
            self.length = length
        }
    }

    /// Where an object lies.
    package struct Place: Hashable, Sendable {
        /// Position of the pack in `packs`.
        package let pack: Int
        /// Index of the block in that pack.
        package let block: Int
    }

    /// As on the remote.
    package let bytes: [UInt8]
    package let packs: [Pack]
    package let objectCount: Int
    /// What the object is named after: the SHA-256 of its bytes.
    package let id: Digest

    /// Readers refuse a longer one.
    package static let maximumLength = 128 << 20
    /// Writers begin another index before it lists more objects than this.
    package static let maximumObjectCount = 1 << 20

    private static let magic: [UInt8] = [0x89, 0x54, 0x4E, 0x52, 0x49, 0x0D, 0x0A, 0x1A]
    private static let version: UInt32 = 1
    private static let fixedLength = 20
    private static let packLength = 40
    private static let fanLength = 256 * 4
    private static let entryLength = 41

    private var fanStart: Int { RemoteIndex.fixedLength + packs.count * RemoteIndex.packLength }
    private var entriesStart: Int { fanStart + RemoteIndex.fanLength }

    /// Lays out the index of `packs`, each with its footer.
    package init(_ packs: [(pack: Pack, footer: PackFooter)]) {
        var entries: [Entry] = []
        entries.reserveCapacity(packs.reduce(0) { $0 + $1.footer.chunkCount })
        for (number, (_, footer)) in packs.enumerated() {
            for index in 0..<footer.chunkCount {
                let chunk = footer.chunk(index)
                entries.append(Entry(key: chunk.key, pack: UInt32(number), block: UInt32(chunk.block)))
            }
        }
        self.init(packs: packs.map(\.pack), entries: entries)
    }

    /// Several indexes as one, with those places of objects that are to be kept, and the packs in which these lie.
    package init(merging indexes: [RemoteIndex], keeping isKept: (ObjectKey, Pack, Int) -> Bool = { _, _, _ in true }) {
        var packs: [Pack] = []
        var numbers: [PackID: UInt32] = [:]
        var entries: [Entry] = []
        for index in indexes {
            let kept = (0..<index.objectCount).map(index.entry).filter { isKept($0.key, index.packs[Int($0.pack)], Int($0.block)) }
            let used = Set(kept.map(\.pack))
            for (position, pack) in index.packs.enumerated() where used.contains(UInt32(position)) && numbers[pack.id] == nil {
                numbers[pack.id] = UInt32(packs.count)
                packs.append(pack)
            }
            for var entry in kept {
                entry.pack = numbers[index.packs[Int(entry.pack)].id] ?? 0
                entries.append(entry)
            }
        }
        self.init(packs: packs, entries: entries)
    }

    private init(packs: [Pack], entries: [Entry]) {
        var sorted = entries.sorted()
        // Merged indexes may cover the same pack.
        var kept = 0
        for entry in sorted where kept == 0 || sorted[kept - 1] != entry {
            sorted[kept] = entry
            kept += 1
        }
        sorted.removeSubrange(kept...)

        var bytes = RemoteIndex.magic
        bytes.reserveCapacity(
            RemoteIndex.fixedLength + packs.count * RemoteIndex.packLength + RemoteIndex.fanLength + sorted.count * RemoteIndex.entryLength
                + Digest.byteCount)
        bytes.appendLittleEndian(RemoteIndex.version)
        bytes.appendLittleEndian(UInt32(packs.count))
        bytes.appendLittleEndian(UInt32(sorted.count))
        for pack in packs {
            pack.id.digest.append(to: &bytes)
            bytes.appendLittleEndian(pack.length)
        }
        var counts = [UInt32](repeating: 0, count: 256)
        for entry in sorted { counts[Int(entry.key.id.firstByte)] += 1 }
        var sum: UInt32 = 0
        for count in counts {
            sum += count
            bytes.appendLittleEndian(sum)
        }
        for entry in sorted {
            entry.key.id.append(to: &bytes)
            bytes.append(entry.key.type.rawValue)
            bytes.appendLittleEndian(entry.pack)
            bytes.appendLittleEndian(entry.block)
        }
        SHA256Hasher.hash(bytes).append(to: &bytes)
        self.bytes = bytes
        self.packs = packs
        objectCount = sorted.count
        id = SHA256Hasher.hash(bytes)
    }

    /// Checks every rule of the format, and keeps `bytes`. Throws `corrupt`, or `unsupportedVersion` if a newer Tenon wrote it.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        guard bytes.count <= RemoteIndex.maximumLength, bytes.count >= RemoteIndex.fixedLength + RemoteIndex.fanLength + Digest.byteCount,
            bytes.starts(with: RemoteIndex.magic)
        else { throw RemoteIndex.damaged("it does not begin as an index, or is too short or too long") }
        let (version, packCount, objectCount) = bytes.withUnsafeBytes {
            ($0.littleEndian(at: 8, as: UInt32.self), $0.littleEndian(at: 12, as: UInt32.self), $0.littleEndian(at: 16, as: UInt32.self))
        }
        guard version == RemoteIndex.version else {
            throw TenonError(
                .unsupportedVersion, "an index of the remote can't be read", cause: "a newer Tenon wrote it", hint: "install that version")
        }
        let expected =
            UInt64(RemoteIndex.fixedLength) + UInt64(packCount) * UInt64(RemoteIndex.packLength) + UInt64(RemoteIndex.fanLength)
            + UInt64(objectCount) * UInt64(RemoteIndex.entryLength) + UInt64(Digest.byteCount)
        guard expected == UInt64(bytes.count) else { throw RemoteIndex.damaged("its counts don't give its length") }
        let body = bytes.count - Digest.byteCount
        let (hash, sum, packs) = bytes.withUnsafeBytes { raw in
            (
                SHA256Hasher.hash(UnsafeRawBufferPointer(rebasing: raw[..<body])), Digest(loading: UnsafeRawBufferPointer(rebasing: raw[body...])),
                (0..<Int(packCount)).map { number in
                    let start = RemoteIndex.fixedLength + number * RemoteIndex.packLength
                    return Pack(
                        id: PackID(Digest(loading: UnsafeRawBufferPointer(rebasing: raw[start..<(start + Digest.byteCount)]))),
                        length: raw.littleEndian(at: start + Digest.byteCount, as: UInt64.self))
                }
            )
        }
        guard hash == sum else { throw RemoteIndex.damaged("its checksum does not hold") }
        guard packs.allSatisfy({ $0.length <= UInt64(PackLimits.maximumPackLength) }) else { throw RemoteIndex.damaged("a pack in it is too long") }
        self.bytes = bytes
        self.packs = packs
        self.objectCount = Int(objectCount)
        id = SHA256Hasher.hash(bytes)
        try checkEntries()
    }

    /// Where `key` lies: the first place, if there are several.
    package func find(_ key: ObjectKey) -> Place? {
        position(of: key).map(entry).map { Place(pack: Int($0.pack), block: Int($0.block)) }
    }

    /// Of the first place of `key`.
    private func position(of key: ObjectKey) -> Int? {
        let first = Int(key.id.firstByte)
        var low = first == 0 ? 0 : fan(first - 1)
        let end = fan(first)
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if entry(middle).precedes(key) { low = middle + 1 } else { high = middle }
        }
        return low < end && entry(low).key == key ? low : nil
    }

    /// The first place of `key` that is in none of the packs `excluded`; `nil` if there is none.
    package func place(of key: ObjectKey, besides excluded: Set<PackID>) -> Place? {
        guard var position = position(of: key) else { return nil }
        // Places of one object stand together.
        while position < objectCount, case let entry = entry(position), entry.key == key {
            if !excluded.contains(packs[Int(entry.pack)].id) { return Place(pack: Int(entry.pack), block: Int(entry.block)) }
            position += 1
        }
        return nil
    }

    /// Calls `body` with every object and where it lies, in the order of ids.
    package func forEach(_ body: (ObjectKey, Place) throws -> Void) rethrows {
        for position in 0..<objectCount {
            let entry = entry(position)
            try body(entry.key, Place(pack: Int(entry.pack), block: Int(entry.block)))
        }
    }

    private struct Entry: Equatable, Comparable {
        var key: ObjectKey
        var pack: UInt32
        var block: UInt32

        /// By id first, so that the table of first bytes can stand before them.
        func precedes(_ other: ObjectKey) -> Bool {
            key.id == other.id ? key.type < other.type : key.id < other.id
        }

        static func < (left: Entry, right: Entry) -> Bool {
            left.key == right.key ? (left.pack, left.block) < (right.pack, right.block) : left.precedes(right.key)
        }
    }

    private func fan(_ byte: Int) -> Int {
        Int(bytes.withUnsafeBytes { $0.littleEndian(at: fanStart + byte * 4, as: UInt32.self) })
    }

    private func entry(_ position: Int) -> Entry {
        let start = entriesStart + position * RemoteIndex.entryLength
        return bytes.withUnsafeBytes { raw in
            let id = Digest(loading: UnsafeRawBufferPointer(rebasing: raw[start..<(start + Digest.byteCount)]))
            return Entry(
                key: ObjectKey(type: BlockType(rawValue: raw[start + 32]), id: id), pack: raw.littleEndian(at: start + 33, as: UInt32.self),
                block: raw.littleEndian(at: start + 37, as: UInt32.self))
        }
    }

    private func checkEntries() throws(TenonError) {
        var previous: Entry?
        var counts = [Int](repeating: 0, count: 256)
        for position in 0..<objectCount {
            let entry = entry(position)
            guard Int(entry.pack) < packs.count else { throw RemoteIndex.damaged("an object lies in a pack that is not there") }
            // No pack has as many blocks as bytes.
            guard UInt64(entry.block) < packs[Int(entry.pack)].length else {
                throw RemoteIndex.damaged("an object lies in a block that can't be there")
            }
            if let previous, !(previous < entry) { throw RemoteIndex.damaged("its objects are out of order") }
            counts[Int(entry.key.id.firstByte)] += 1
            previous = entry
        }
        var sum = 0
        for byte in 0..<256 {
            sum += counts[byte]
            guard fan(byte) == sum else { throw RemoteIndex.damaged("its table of first bytes does not fit its objects") }
        }
    }

    private static func damaged(_ cause: String) -> TenonError {
        TenonError(.corrupt, "an index of the remote is damaged", cause: cause)
    }
}

extension Digest {
    fileprivate var firstByte: UInt8 { UInt8(truncatingIfNeeded: words.0 >> 56) }
}
