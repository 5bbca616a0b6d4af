/// The MD5 by which DVC names content.
struct DVCDigest: Hashable, Sendable, CustomStringConvertible {
    /// 32 lowercase hexadecimal digits.
    let hex: String
    /// Made by DVC before 3.0: of text it is that of the text with line feeds for CR LF.
    let isLegacy: Bool

    init?(hex: some StringProtocol, isLegacy: Bool) {
        guard hex.utf8.count == 32, hex.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        self.hex = String(hex)
        self.isLegacy = isLegacy
    }

    var description: String { hex }
}
