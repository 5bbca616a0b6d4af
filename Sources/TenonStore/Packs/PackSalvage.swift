import TenonCore
import TenonFormat

/// Saves what a damaged pack still holds.
struct PackSalvage {
    let store: Store

    /// Copies each intact block into a new pack, sealed but not listed; `nil` if there is none, or if nothing says what marks its blocks bear.
    ///
    /// Blocks that can't be read are left out like those that are damaged; `io` is thrown if the header can't be.
    /// Throws `unsupportedVersion`, having written nothing, if a block is intact but can't be decoded by this version: such a pack is left for one
    /// that can.
    func copy(from path: String) throws -> FinishedPack? {
        guard let scanner = try scanner(store.options.fileSystem.readable(path)) else { return nil }
        let writer = try PackWriter(home: store.places, fileSystem: store.options.fileSystem)
        let encoder = BlockEncoder()
        var count = 0
        let finished: FinishedPack
        do {
            let result = try scanner.run { block in
                guard case .objects(let decoded, let ids) = block.content else {
                    throw TenonError(.unsupportedVersion, "a block of a damaged pack can't be decoded", hint: "install a newer Tenon")
                }
                try writer.append(PackSalvage.encode(decoded, ids: ids, with: encoder))
                count += 1
            }
            for damage in result.damages {
                store.log.error("bytes of a pack are lost", metadata: ["file": "\(path)", "range": "\(damage.range)", "reason": "\(damage.error)"])
            }
            guard count > 0 else {
                writer.discard()
                return nil
            }
            finished = try writer.finish()
        } catch {
            writer.discard()
            throw error
        }
        try finished.seal(home: store.places, fileSystem: store.options.fileSystem)
        return finished
    }

    /// `nil` for a pack that says nowhere what marks its blocks bear: nothing can be found in it.
    private func scanner(_ source: ReadableFile) throws -> PackScanner? {
        do {
            return try PackScanner(source)
        } catch let error as TenonError where error.code == .corrupt {
            return nil
        }
    }

    private static func encode(_ block: DecodedBlock, ids: [Digest], with encoder: BlockEncoder) throws -> EncodedBlock {
        let chunks = ids.enumerated().map { BlockChunk(id: $1, length: UInt32(block.range(ofChunk: $0).count)) }
        return try block.withUnsafeBytes { raw in
            try encoder.encode(type: block.type, chunks: chunks, raw: raw, choice: .auto, layout: nil)
        }
    }
}
