import TenonCore
import TenonFormat

/// One pack being written into a temporary file in `packs/`.
///
/// Not safe to share, yet `@unchecked Sendable`: a session uses each writer on its own serial queue only, and hands it on to be sealed once.
final class PackWriter: @unchecked Sendable {
    private let home: StoreHome
    private let fileSystem: FileSystem
    private let file: WritableFile
    private var builder: PackBuilder?
    private var rawBytes: UInt64 = 0
    private var hasData = false
    private var hasMetadata = false
    private(set) var byteCount: UInt64

    /// Bytes after which the kernel is asked to begin writing back.
    private static let writebackStep: UInt64 = 8 << 20

    /// - Parameter nonce: `PackHeader.nonceLength` bytes that whoever wrote the content could not foresee; `nil`: drawn at random.
    init(home: StoreHome, fileSystem: FileSystem, nonce: [UInt8]? = nil) throws {
        self.home = home
        self.fileSystem = fileSystem
        var random = SystemRandomNumberGenerator()
        let builder = PackBuilder(nonce: nonce ?? (0..<PackHeader.nonceLength).map { _ in UInt8.random(in: 0...255, using: &random) })
        let header = builder.header
        byteCount = UInt64(header.count)
        self.builder = consume builder
        file = try fileSystem.create("\(home.packs)/\(randomName())\(StoreHome.temporarySuffix)")
        try write(header)
    }

    /// Appends a block's bytes.
    func append(_ block: EncodedBlock) throws {
        guard let piece = try builder?.append(block) else { throw TenonError(.internal, "a pack is written after its end") }
        try write(piece.head)
        try write(piece.payload)
        try write(piece.checksum)
        byteCount += UInt64(piece.info.length)
        rawBytes += UInt64(block.rawLength)
        if block.type == .data { hasData = true } else { hasMetadata = true }
        file.startWriteback(threshold: PackWriter.writebackStep)
    }

    /// Writes the footer. The pack is then complete, but neither safe nor named.
    func finish() throws -> FinishedPack {
        guard let builder = builder.take() else { throw TenonError(.internal, "a pack is ended twice") }
        let ending = builder.finish()
        try write(ending.bytes)
        file.startWriteback(threshold: 0)
        let content: PackRow.Content = hasData ? (hasMetadata ? .mixed : .data) : .metadata
        let row = PackRow(
            id: ending.id, bytes: ending.length, content: content, rawBytes: rawBytes, blocks: ending.footer.blockCount,
            chunks: ending.footer.chunkCount, isProved: true)
        return FinishedPack(row: row, footer: ending.footer, file: file)
    }

    /// Gives up: the temporary file goes.
    func discard() {
        file.close()
        try? fileSystem.remove(file.path)
    }

    private func write(_ bytes: [UInt8]) throws {
        try file.write(bytes)
    }

    private func write(_ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { try file.write($0) }
    }
}

/// A pack that is written to its end.
struct FinishedPack: Sendable {
    let row: PackRow
    let footer: PackFooter
    let file: WritableFile

    /// Forces the pack to disk and gives it its name: fdatasync, rename without replacing, fsync of the directory. If anything fails
    /// before it has its name, the file is given up and removed; afterwards the next start takes it up.
    func seal(home: StoreHome, fileSystem: FileSystem) throws {
        do {
            try file.synchronize()
            file.close()
            try fileSystem.renameWithoutReplacing(file.path, to: home.pack(row.id))
        } catch {
            file.close()
            try? fileSystem.remove(file.path)
            throw error
        }
        try fileSystem.synchronizeDirectory(home.packs)
    }
}
