import TenonCore
import TenonFormat

/// A pack that is made for a remote out of blocks of other packs, in a temporary file of the store.
///
/// For one task at a time. It must be ended by `finish` or `discard`.
package struct PackDraft: Sendable {
    private let writer: PackWriter
    private let decoder = BlockDecoder()

    fileprivate init(_ writer: PackWriter) {
        self.writer = writer
    }

    /// Adds a block as it is. Throws `corrupt` if its objects, told from its bytes, are not `ids`; `unsupportedVersion` for a codec that is not known.
    package func append(_ block: PackBlock, ids: [Digest]) throws {
        try block.proved(ids: ids, with: decoder)
        try writer.append(try block.encoded(ids: ids))
    }

    /// The pack, complete. Whoever takes it discards it when it was sent.
    package func finish() throws -> OutgoingPack { try OutgoingPack(try writer.finish()) }

    package func discard() { writer.discard() }
}

extension Store {
    /// Begins a pack. The same `origin` and the same blocks give the same pack again, so that one which arrived in vain is found and not sent twice;
    /// the store's id is what nobody else can foresee.
    package func draftPack(of origin: [UInt8]) throws -> PackDraft {
        let nonce = SHA256Hasher.hash(Array(id.utf8) + origin).bytes.prefix(PackHeader.nonceLength)
        return PackDraft(try PackWriter(home: places, fileSystem: options.fileSystem, nonce: Array(nonce)))
    }
}
