/// The eight bytes with which each block of a pack and its footer begin: four that are the same in all packs, four from the pack's nonce.
///
/// So a scan finds the next block after damage, and stored bytes of a user can't pass for one.
package struct PackMarks: Hashable, Sendable {
    let block: UInt64
    let footer: UInt64

    static let blockPrefix: [UInt8] = [0xB5, 0x54, 0x4E, 0x42]
    static let footerPrefix: [UInt8] = [0xB5, 0x54, 0x4E, 0x46]
    static let length = 8
    static let nonceLength = 4

    /// Takes the first four bytes of `nonce`.
    package init(nonce: some Collection<UInt8>) {
        block = PackMarks.mark(PackMarks.blockPrefix, nonce)
        footer = PackMarks.mark(PackMarks.footerPrefix, nonce)
    }

    private static func mark(_ prefix: [UInt8], _ nonce: some Collection<UInt8>) -> UInt64 {
        (prefix + nonce.prefix(nonceLength)).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
