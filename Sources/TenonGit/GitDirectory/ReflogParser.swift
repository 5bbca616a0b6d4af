/// Reads reflog files: `old SP new SP name <email> SP time SP offset TAB message LF`, oldest first.
enum ReflogParser {
    /// The entries, newest first. A line that is none is left out, as Git does.
    static func entries(_ bytes: [UInt8], reference: String) -> [ReflogEntry] {
        bytes.split(separator: 0x0A).compactMap { entry($0, reference: reference) }.reversed()
    }

    private static func entry(_ line: ArraySlice<UInt8>, reference: String) -> ReflogEntry? {
        let parts = line.split(separator: 0x09, maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = parts.first else { return nil }
        let words = head.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, let old = GitObjectID(hexBytes: words[0]), let new = GitObjectID(hexBytes: words[1]) else { return nil }
        return ReflogEntry(
            reference: reference, old: old.isZero ? nil : old, new: new.isZero ? nil : new,
            who: SignatureParser.signature(words[2]), message: parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : "")
    }
}
