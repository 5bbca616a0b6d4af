import TenonCore

/// What stat the files of an expansion had when they were written, in the order of the entries.
///
/// `tenon-expansion 1`, then inode, size and mtime of each file, 64 bits each, in the machine's order. It never leaves the machine.
struct ExpansionSeal {
    let stamps: [FileStamp]

    private static let head = Array("tenon-expansion 1\n".utf8)
    private static let length = 3 * 8

    init(stamps: [FileStamp]) {
        self.stamps = stamps
    }

    init?(bytes: [UInt8]) {
        guard bytes.starts(with: ExpansionSeal.head), (bytes.count - ExpansionSeal.head.count) % ExpansionSeal.length == 0 else { return nil }
        stamps = bytes.withUnsafeBytes { bytes in
            stride(from: ExpansionSeal.head.count, to: bytes.count, by: ExpansionSeal.length).map { position in
                func word(_ place: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: position + 8 * place, as: UInt64.self) }
                return FileStamp(inode: word(0), size: word(1), modified: Int64(bitPattern: word(2)), changed: 0)
            }
        }
    }

    var bytes: [UInt8] {
        var result = ExpansionSeal.head
        for stamp in stamps {
            for word in [stamp.inode, stamp.size, UInt64(bitPattern: stamp.modified)] { withUnsafeBytes(of: word) { result.append(contentsOf: $0) } }
        }
        return result
    }
}
