import TenonCore

/// Whether YAML may name a part of itself again (`&name`, `*name`).
enum AliasRule {
    /// Nowhere.
    case refused
    /// As values, not in keys: a parser that looks for double keys would walk all that aliases in them come to.
    case inValues

    /// How many aliases a text may have. Each may nest what the one before it names.
    private static let maximumCount = 500

    /// Throws for a text whose aliases could take all stack or time. Says no where it can't tell, as in a quoted text that looks like an alias.
    func requireBounds(_ bytes: [UInt8], file: String) throws(TenonError) {
        guard self == .inValues else { return }
        let aliases = bytes.indices.count { AliasRule.mayBeAlias(bytes, at: $0) }
        guard aliases <= AliasRule.maximumCount else {
            throw SettingsError.at(nil, "it can't be read", "it has more than \(AliasRule.maximumCount) aliases ('*name')", file: file)
        }
        guard aliases > 0, AliasRule.mayHaveCollectionKey(bytes) else { return }
        throw SettingsError.at(nil, "it can't be read", "keys must be words in a text with aliases ('*name')", file: file)
    }

    private static func mayBeAlias(_ bytes: [UInt8], at position: Int) -> Bool {
        guard bytes[position] == UInt8(ascii: "*"), position + 1 < bytes.count, isAnchorCharacter(bytes[position + 1]) else { return false }
        return position == 0 || bytes[position - 1] <= 0x20 || "[{,:".utf8.contains(bytes[position - 1])
    }

    /// Whether a key may be a list, a mapping or an alias: `? `, or one of their ends before a colon.
    private static func mayHaveCollectionKey(_ bytes: [UInt8]) -> Bool {
        for (position, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "?"):
                let follows = position + 1 == bytes.count || bytes[position + 1] <= 0x20
                let begins = position == 0 || bytes[position - 1] <= 0x20 || "[{,".utf8.contains(bytes[position - 1])
                if follows && begins { return true }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if bytes[(position + 1)...].first(where: { $0 > 0x20 }) == UInt8(ascii: ":") { return true }
            case UInt8(ascii: "*"):
                if bytes[(position + 1)...].drop(while: isAnchorCharacter).first(where: { $0 > 0x20 }) == UInt8(ascii: ":") { return true }
            default: break
            }
        }
        return false
    }

    /// What the names of anchors are made of.
    static func isAnchorCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
