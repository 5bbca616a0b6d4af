import TenonCore

/// Reads what `git ls-files --stage --debug -z` prints: for each entry `mode id stage TAB path NUL`, then indented lines with its stat data and
/// flags.
struct IndexListingParser {
    private let bytes: [UInt8]
    private var position = 0

    /// Bits of an entry's flags in `--debug`, as in Git's `cache.h`.
    private static let intentToAdd: UInt32 = 1 << 29
    private static let skipWorkTree: UInt32 = 1 << 30

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next entry; `nil` at the end.
    mutating func next() throws -> IndexEntry? {
        guard position < bytes.count else { return nil }
        guard let tab = bytes[position...].firstIndex(of: 0x09), let end = bytes[tab...].firstIndex(of: 0) else { throw misunderstood() }
        let words = bytes[position..<tab].split(separator: 0x20)
        guard words.count == 3, let mode = UInt32(String(decoding: words[0], as: UTF8.self), radix: 8), let id = GitObjectID(hexBytes: words[1]),
            let stage = Int(String(decoding: words[2], as: UTF8.self)), (0...3).contains(stage)
        else { throw misunderstood() }
        let path = Array(bytes[(tab + 1)..<end])
        position = end + 1
        var size: UInt32 = 0
        var flags: UInt32 = 0
        // The lines of stat data begin with two spaces, the next entry with a digit.
        while position < bytes.count, bytes[position] == 0x20 {
            let lineEnd = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            let fields = bytes[position..<lineEnd].split { $0 == 0x20 || $0 == 0x09 }
            for (name, value) in zip(fields, fields.dropFirst()) {
                if name.elementsEqual("size:".utf8) { size = UInt32(String(decoding: value, as: UTF8.self)) ?? 0 }
                if name.elementsEqual("flags:".utf8) { flags = UInt32(String(decoding: value, as: UTF8.self), radix: 16) ?? 0 }
            }
            position = min(lineEnd + 1, bytes.count)
        }
        return IndexEntry(
            path: path, stage: stage, mode: GitFileMode(rawValue: mode), id: id, size: size,
            isSkippedInWorkTree: flags & IndexListingParser.skipWorkTree != 0, isIntentToAdd: flags & IndexListingParser.intentToAdd != 0)
    }

    private func misunderstood() -> TenonError {
        TenonError(.git, "git ls-files gave an answer that is not understood", cause: displayName(bytes[position...].prefix(200)))
    }
}
