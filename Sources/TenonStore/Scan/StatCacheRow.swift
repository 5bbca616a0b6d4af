import TenonCore
import TenonFormat

/// The stat cache's knowledge of one directory: its trusted files by name, each with stamp and oid, packed into one value.
///
/// A checksum, then for each file: inode, size, mtime, ctime (64 bits each, the machine's order), oid, length of the name, name. The cache never
/// leaves the machine, and what does not read back well is as good as not there.
struct StatCacheRow {
    private let bytes: [UInt8]
    private static let checksumLength = 8
    private static let fixedLength = 4 * 8 + Digest.byteCount + 1
    /// What the layout is called; part of the checksum.
    private static let version: UInt8 = 1

    var byteCount: Int { bytes.count }

    /// Packs the trusted files of `node`; `nil` if there are none.
    static func pack(_ node: DirectoryNode) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: checksumLength)
        for item in node.items where item.kind.isFile && item.isTrusted && item.isKnown {
            for value in [item.stamp.inode, item.stamp.size, UInt64(bitPattern: item.stamp.modified), UInt64(bitPattern: item.stamp.changed)] {
                withUnsafeBytes(of: value) { result.append(contentsOf: $0) }
            }
            item.oid.append(to: &result)
            result.append(UInt8(truncatingIfNeeded: item.nameLength))
            result.append(contentsOf: node.name(item))
        }
        guard result.count > checksumLength else { return nil }
        let sum = checksum(result, path: node.path)
        withUnsafeBytes(of: sum) { result.replaceSubrange(..<checksumLength, with: $0) }
        return result
    }

    /// Takes a row as it was stored under `path`; `nil` if it is damaged.
    init?(bytes: [UInt8], path: [UInt8]) {
        guard bytes.count > StatCacheRow.checksumLength else { return nil }
        let stored = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        guard stored == StatCacheRow.checksum(bytes, path: path) else { return nil }
        self.bytes = bytes
    }

    /// Gives the files of `node` that are as this row knows them their oids. Both are in the same order, so one pass does.
    ///
    /// - Parameter isSharing: files with several names may have another ctime.
    func match(_ node: DirectoryNode, isSharing: Bool) {
        bytes.withUnsafeBytes { bytes in
            node.names.withUnsafeBytes { names in
                var position = StatCacheRow.checksumLength
                var index = 0
                while position + StatCacheRow.fixedLength <= bytes.count {
                    let nameLength = Int(bytes[position + StatCacheRow.fixedLength - 1])
                    let end = position + StatCacheRow.fixedLength + nameLength
                    guard end <= bytes.count else { return }
                    defer { position = end }
                    node.cachedCount += 1
                    let name = UnsafeRawBufferPointer(rebasing: bytes[(end - nameLength)..<end])
                    while index < node.items.count {
                        let item = node.items[index]
                        if item.kind.isFile {
                            let start = Int(item.nameStart)
                            let own = UnsafeRawBufferPointer(rebasing: names[start..<(start + Int(item.nameLength))])
                            if own.count == name.count, own.elementsEqual(name) {
                                take(bytes, at: position, into: node, index, isSharing)
                                index += 1
                                break
                            }
                            if name.lexicographicallyPrecedes(own) { break }
                        }
                        index += 1
                    }
                }
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, at position: Int, into node: DirectoryNode, _ index: Int, _ isSharing: Bool) {
        func word(_ place: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: position + 8 * place, as: UInt64.self) }
        let stamp = FileStamp(
            inode: word(0), size: word(1), modified: Int64(bitPattern: word(2)), changed: Int64(bitPattern: word(3)))
        let found = node.items[index]
        guard stamp == found.stamp || isSharing && found.isShared && stamp.agreesBeyondRename(with: found.stamp) else { return }
        node.items[index].oid = Digest(loading: UnsafeRawBufferPointer(rebasing: bytes[(position + 32)...]))
        node.items[index].isKnown = true
        node.items[index].isTrusted = true
        node.items[index].isCached = true
    }

    private static func checksum(_ bytes: [UInt8], path: [UInt8]) -> UInt64 {
        var hasher = StreamingSHA256()
        hasher.update([version] + path)
        bytes.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[checksumLength...])) }
        return hasher.finalize().words.0
    }
}
