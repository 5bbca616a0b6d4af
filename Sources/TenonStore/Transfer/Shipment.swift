import TenonCore
import TenonFormat

/// What must be sent so that a remote gets a set of objects, and nothing else.
///
/// A pack of which every object is wanted goes as it is. Of the others, blocks are copied into new packs as they are; a block that holds something
/// else too is encoded anew without it: what other repositories keep in this store is nobody's business.
package struct Shipment {
    private let store: Store
    private var whole: [PackRow] = []
    /// Blocks of which at least one object is wanted.
    private var blocks: [BlockAddress] = []
    private let wanted: Set<ObjectKey>
    private let encoder = BlockEncoder()
    private let decoder = BlockDecoder()

    /// Plans it. Throws `missingContent` if the store lacks one of `keys`.
    init(_ keys: Set<ObjectKey>, store: Store) throws {
        self.store = store
        wanted = keys
        var packs: [UInt32: [ObjectLocation]] = [:]
        for key in keys {
            guard let location = store.location(of: key) else {
                throw TenonError(.missingContent, "the store does not have \(key.name)", cause: "it was lost since it was stored", hint: "tenon fsck")
            }
            packs[location.pack, default: []].append(location)
        }
        let damaged = Set(store.index.view.damaged.map { UInt32(truncatingIfNeeded: $0 >> 32) })
        var covered: Set<ObjectKey> = []
        var partial: [UInt32] = []
        for number in packs.keys.sorted() {
            guard let row = store.row(of: number) else { throw PackSession.ReuseLost(packs: [number]) }
            let footer = try store.reader(row).footer
            let held = (0..<footer.chunkCount).lazy.map { footer.chunk($0).key }
            if !damaged.contains(number), held.allSatisfy(keys.contains) {
                whole.append(row)
                covered.formUnion(held)
            } else {
                partial.append(number)
            }
        }
        for number in partial {
            guard let row = store.row(of: number) else { throw PackSession.ReuseLost(packs: [number]) }
            let footer = try store.reader(row).footer
            var needed: Set<UInt32> = []
            for index in 0..<footer.chunkCount {
                let chunk = footer.chunk(index)
                guard keys.contains(chunk.key), !covered.contains(chunk.key) else { continue }
                let address = BlockAddress(pack: number, block: UInt32(chunk.block))
                // Where a pack has an object twice, the copy that the index finds is good.
                guard store.location(of: chunk.key)?.address == address else { continue }
                needed.insert(UInt32(chunk.block))
            }
            blocks += needed.sorted().map { BlockAddress(pack: number, block: $0) }
        }
    }

    /// Bytes that will be sent, as far as they can be told before blocks are encoded anew.
    package var estimatedBytes: UInt64 {
        get throws {
            var sum = whole.reduce(UInt64(0)) { $0 + $1.bytes }
            for address in blocks {
                guard let row = store.row(of: address.pack) else { continue }
                sum += UInt64(try store.reader(row).footer.block(Int(address.block)).length)
            }
            return sum
        }
    }

    /// Number of objects.
    package var objectCount: Int { wanted.count }

    /// Calls `body` with one pack after the other, each complete. Whoever takes one discards it when it was sent.
    package func forEachPack(_ body: (OutgoingPack) throws -> Void) throws {
        for row in whole {
            let reader = try store.reader(row)
            let source = try ReadableFile(path: store.places.pack(row.id))
            try body(OutgoingPack(row, footer: reader.footer, source: source))
        }
        for isData in [true, false] {
            var writer: PackWriter?
            do {
                for address in blocks {
                    guard let row = store.row(of: address.pack) else { throw PackSession.ReuseLost(packs: [address.pack]) }
                    let reader = try store.reader(row)
                    guard (reader.footer.block(Int(address.block)).type == .data) == isData else { continue }
                    let target = try writer ?? PackWriter(home: store.places, fileSystem: store.options.fileSystem)
                    writer = target
                    try target.append(copy(address, of: reader, row: row))
                    if target.byteCount >= UInt64(store.options.packTarget) {
                        writer = nil
                        try body(OutgoingPack(target.finish()))
                    }
                }
                if let last = writer.take() { try body(OutgoingPack(last.finish())) }
            } catch {
                writer?.discard()
                throw error
            }
        }
    }

    /// The block, decoded and proved; without the objects that are not wanted.
    private func copy(_ address: BlockAddress, of reader: PackReader, row: PackRow) throws -> EncodedBlock {
        do {
            let block = try reader.block(Int(address.block))
            let decoded = try block.decode(with: decoder)
            let ids = try decoded.objectIDs()
            let isWanted = ids.map { wanted.contains(ObjectKey(type: decoded.type, id: $0)) }
            if isWanted.allSatisfy({ $0 }) { return try block.encoded(ids: ids) }
            var raw: [UInt8] = []
            var chunks: [BlockChunk] = []
            for index in ids.indices where isWanted[index] {
                let range = decoded.range(ofChunk: index)
                raw += decoded.raw[range]
                chunks.append(BlockChunk(id: ids[index], length: UInt32(range.count)))
            }
            guard !chunks.isEmpty else { throw TenonError(.corrupt, "none of its objects is what the footer says") }
            return try raw.withUnsafeBytes { try encoder.encode(type: decoded.type, chunks: chunks, raw: $0, choice: .auto) }
        } catch let error as TenonError where error.code == .corrupt {
            store.markDamaged(address, reason: error.description)
            throw TenonError(
                .corrupt, "block \(address.block) of pack \(row.id.digest.hex) can't be sent", cause: error.description,
                hint: "'tenon fsck' says what is damaged; add the same bytes again, then push again")
        }
    }
}

extension Store {
    /// Plans what to send for `keys`. Throws `missingContent` if the store lacks one of them.
    package func shipment(of keys: Set<ObjectKey>) throws -> Shipment { try Shipment(keys, store: self) }
}
