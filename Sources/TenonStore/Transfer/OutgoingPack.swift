import TenonCore
import TenonFormat

/// A pack to be sent: one of the store's own, or one made for a remote of what it wants.
package struct OutgoingPack: Sendable {
    package let id: PackID
    /// In bytes.
    package let length: UInt64
    package let footer: PackFooter
    /// The pack's bytes. A pack of the store stays readable though it be merged or removed meanwhile.
    package let source: any ByteSource
    /// What to remove once it was sent; `nil` for a pack of the store.
    private let temporary: FinishedPack?

    init(_ row: PackRow, footer: PackFooter, source: any ByteSource) {
        id = row.id
        length = row.bytes
        self.footer = footer
        self.source = source
        temporary = nil
    }

    /// Takes over a pack that is written to its end and has no name.
    init(_ pack: FinishedPack) throws {
        id = pack.row.id
        length = pack.row.bytes
        footer = pack.footer
        source = try ReadableFile(path: pack.file.path)
        temporary = pack
    }

    /// Removes it, if it was made for the remote.
    package func discard(from store: Store) {
        guard let temporary else { return }
        temporary.file.close()
        try? store.options.fileSystem.remove(temporary.file.path)
    }
}
