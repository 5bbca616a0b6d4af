import TenonCore
import TenonFormat

/// What must be sent so that a remote gets a set of objects, and nothing else.
///
/// A pack of which every object is wanted goes as it is. Of the others, blocks are copied into new packs as they are; a block that holds something
/// else too is encoded anew without it: what other repositories keep in this store is nobody's business.
package struct Shipment: Sendable {
    /// One pack of it.
    package enum Part: Sendable {
        /// A pack of the store.
        case whole(PackID, UInt32)
        /// A pack to be made of blocks.
        case blocks([BlockAddress])
    }

    package let parts: [Part]
    /// Bytes that will be sent, as far as they can be told before blocks are encoded anew.
    package let estimatedBytes: UInt64
    private let store: Store
    private let wanted: Set<ObjectKey>
    private let spoiled: Set<PackID>
    private let decoder = BlockDecoder()

    /// Plans it. Throws `missingContent` if the store lacks one of `keys`.
    ///
    /// - Parameter spoiled: packs that can't go under their names: something else has them there, or they are about to be removed.
    init(_ keys: Set<ObjectKey>, besides spoiled: Set<PackID>, store: Store) throws {
        self.store = store
        wanted = keys
        self.spoiled = spoiled
        var numbers: Set<UInt32> = []
        for key in keys {
            guard let location = store.location(of: key) else {
                throw TenonError(.missingContent, "the store does not have \(key.name)", cause: "it was lost since it was stored", hint: "tenon fsck")
            }
            numbers.insert(location.pack)
        }
        let damaged = Set(store.index.view.damaged.map { UInt32(truncatingIfNeeded: $0 >> 32) })
        var parts: [Part] = []
        var bytes: UInt64 = 0
        var covered: Set<ObjectKey> = []
        var others: [(row: PackRow, footer: PackFooter)] = []
        for number in numbers.sorted() {
            let (row, footer) = try Shipment.open(number, store)
            let held = (0..<footer.chunkCount).lazy.map { footer.chunk($0).key }
            if !damaged.contains(number), !spoiled.contains(row.id), held.allSatisfy(keys.contains) {
                parts.append(.whole(row.id, number))
                bytes += row.bytes
                covered.formUnion(held)
            } else {
                others.append((row, footer))
            }
        }
        var planned = covered
        let needed = others.map {
            (footer: $0.footer, blocks: Shipment.blocks(of: $0.row.number, $0.footer, for: keys, besides: covered, store, &planned))
        }
        // An object that was moved between the two look-ups is in neither pack's part.
        guard keys.isSubset(of: planned) else { throw PackSession.ReuseLost(packs: Array(numbers)) }
        // Data and metadata apart, as in every store.
        for isData in [true, false] {
            var blocks: [BlockAddress] = []
            var length: UInt64 = 0
            for (footer, addresses) in needed {
                for block in addresses {
                    let info = footer.block(Int(block.block))
                    guard (info.type == .data) == isData else { continue }
                    if !blocks.isEmpty, length + UInt64(info.length) > UInt64(store.options.packTarget) {
                        parts.append(.blocks(blocks))
                        blocks = []
                        length = 0
                    }
                    blocks.append(block)
                    length += UInt64(info.length)
                    bytes += UInt64(info.length)
                }
            }
            if !blocks.isEmpty { parts.append(.blocks(blocks)) }
        }
        self.parts = parts
        estimatedBytes = bytes
    }

    private static func open(_ number: UInt32, _ store: Store) throws -> (PackRow, PackFooter) {
        try opened(number, store) { row in (row, try store.reader(row).footer) }
    }

    /// What `body` finds in a pack. Throws `ReuseLost` if the pack has gone meanwhile, with what it held moved elsewhere.
    private static func opened<Found>(_ number: UInt32, _ store: Store, _ body: (PackRow) throws -> Found) throws -> Found {
        guard let row = store.row(of: number) else { throw PackSession.ReuseLost(packs: [number]) }
        do {
            return try body(row)
        } catch let error as TenonError where error.code == .notFound && store.row(of: number) == nil {
            throw PackSession.ReuseLost(packs: [number])
        }
    }

    /// The blocks of a pack that hold what is wanted, in order; what they bring is added to `planned`. Where an object lies in several places, the one that the
    /// index finds is good.
    private static func blocks(
        of number: UInt32, _ footer: PackFooter, for keys: Set<ObjectKey>, besides covered: Set<ObjectKey>, _ store: Store,
        _ planned: inout Set<ObjectKey>
    ) -> [BlockAddress] {
        var needed: Set<UInt32> = []
        for index in 0..<footer.chunkCount {
            let chunk = footer.chunk(index)
            guard keys.contains(chunk.key), !covered.contains(chunk.key) else { continue }
            if store.location(of: chunk.key)?.address == BlockAddress(pack: number, block: UInt32(chunk.block)) {
                needed.insert(UInt32(chunk.block))
                planned.insert(chunk.key)
            }
        }
        return needed.sorted().map { BlockAddress(pack: number, block: $0) }
    }

    /// The pack of one part, complete. Whoever takes it discards it when it was sent.
    package func pack(_ part: Part) throws -> OutgoingPack {
        switch part {
        case .whole(_, let number):
            return try Shipment.opened(number, store) { row in
                OutgoingPack(row, footer: try store.reader(row).footer, source: try ReadableFile(path: store.places.pack(row.id)))
            }
        case .blocks(let blocks):
            let writer = try PackWriter(home: store.places, fileSystem: store.options.fileSystem, nonce: nonce(of: blocks))
            let encoder = BlockEncoder()
            do {
                for address in blocks {
                    try writer.append(
                        Shipment.opened(address.pack, store) { row in try copy(address, of: try store.reader(row), row: row, with: encoder) })
                }
                return try OutgoingPack(writer.finish())
            } catch {
                writer.discard()
                throw error
            }
        }
    }

    /// The same blocks give the same pack again, so that one which arrived in vain, for nobody came to list it, is found and not sent twice.
    /// The store's id is what nobody else can foresee; what is spoiled makes it another pack than the one that is.
    private func nonce(of blocks: [BlockAddress]) throws -> [UInt8] {
        var hasher = StreamingSHA256()
        hasher.update(Array(store.id.utf8))
        for id in spoiled.sorted() { hasher.update(id.digest.bytes) }
        for address in blocks {
            guard let row = store.row(of: address.pack) else { throw PackSession.ReuseLost(packs: [address.pack]) }
            hasher.update(row.id.digest.bytes + withUnsafeBytes(of: address.block.littleEndian, Array.init))
        }
        return Array(hasher.finalize().bytes.prefix(PackHeader.nonceLength))
    }

    /// The block, decoded and proved; without the objects that are not wanted.
    private func copy(_ address: BlockAddress, of reader: PackReader, row: PackRow, with encoder: BlockEncoder) throws -> EncodedBlock {
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
                raw += decoded.bytes(range)
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
    package func shipment(of keys: Set<ObjectKey>, besides spoiled: Set<PackID> = []) throws -> Shipment {
        try Shipment(keys, besides: spoiled, store: self)
    }
}
