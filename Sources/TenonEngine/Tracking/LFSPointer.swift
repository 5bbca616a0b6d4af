/// The text that Git LFS keeps in Git in a file's place.
///
/// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
struct LFSPointer {
    /// SHA-256 of the data, in hexadecimal.
    var oid: String

    /// "The pointer file should be small (less than 1024 bytes)".
    static let maximumLength = 1023

    /// `nil` if `bytes` are no such text.
    init?(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix("version https://git-lfs.github.com/spec/") else { return nil }
        let key = "oid sha256:"
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
        let hex = line.dropFirst(key.count)
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ ($0 | 0x20) >= UInt8(ascii: "a") || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) })
        else { return nil }
        oid = String(hex)
    }
}
