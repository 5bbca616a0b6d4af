import TenonCore
import TenonFormat

extension Store {
    /// Runs `body`, which looks up what is stored; a rebuild waits for its end. Throws `busy` during a rebuild: it would find less than there is.
    package func reading<Result>(_ body: () throws -> Result) throws -> Result {
        try writerGate.reading(body)
    }

    /// Whether an object can be reused: it lies in a pack that counts, in a block that is not known to be damaged.
    package func contains(_ key: ObjectKey) -> Bool {
        index.view.location(of: key) != nil
    }

    /// Where an object lies, by the same rule.
    package func location(of key: ObjectKey) -> ObjectLocation? {
        index.view.location(of: key)
    }

    /// A whole object, checked.
    package func read(_ key: ObjectKey) throws -> [UInt8] {
        try bytes(of: key).array
    }

    /// An object's bytes, checked. If one copy is damaged or its pack can't be opened, the others are tried.
    ///
    /// Throws `missingContent` if no pack has it, `corrupt` naming pack, block and object if none of its copies is good, `io` if the disk can't give
    /// back the footer of its pack.
    package func bytes(of key: ObjectKey) throws -> StoredBytes { try bytes(of: key, proof: .hash) }

    func bytes(of key: ObjectKey, proof: ObjectProof) throws -> StoredBytes {
        var failure: (any Error)?
        // What a failed read learns (a pack gone, a block damaged) changes what the next look-up finds; so it ends.
        var tried: Set<ObjectLocation> = []
        while true {
            let view = index.view
            guard let location = view.locations(of: key, includingDamaged: true).first(where: { !tried.contains($0) }) else { break }
            tried.insert(location)
            do {
                return try bytes(of: key, in: location, proof)
            } catch let error as TenonError where Store.isOfOneCopy(error) {
                failure = error
            }
        }
        throw failure ?? TenonError(.missingContent, "the store does not have \(key.name)", cause: "no pack holds it")
    }

    /// An object's bytes, checked, where a look-up found it; elsewhere if that place is not good any more.
    func bytes(of key: ObjectKey, at location: ObjectLocation, proof: ObjectProof) throws -> StoredBytes {
        do {
            return try bytes(of: key, in: location, proof)
        } catch let error as TenonError where Store.isOfOneCopy(error) {
            return try bytes(of: key, proof: proof)
        }
    }

    /// Whether another copy may do where this one failed.
    private static func isOfOneCopy(_ error: TenonError) -> Bool {
        [.corrupt, .missingContent, .io].contains(error.code)
    }

    private func bytes(of key: ObjectKey, in location: ObjectLocation, _ proof: ObjectProof) throws -> StoredBytes {
        guard let row = row(of: location.pack) else {
            throw TenonError(.missingContent, "the store does not have \(key.name)", cause: "its pack was removed")
        }
        let block = try cachedBlock(location.address, type: key.type, row: row, for: key)
        do throws(CachedBlock.Refusal) {
            return try block.object(key, offset: location.offset, length: location.length, proof: proof)
        } catch {
            cache(for: key.type).remove(pack: row.number)
            throw noteDamage(location.address, row: row, key: key, cause: error.reason)
        }
    }

    private func cachedBlock(_ address: BlockAddress, type: BlockType, row: PackRow, for key: ObjectKey) throws -> CachedBlock {
        do {
            return try cache(for: type).block(at: address) {
                let reader = try openPack(row)
                guard Int(address.block) < reader.footer.blockCount else {
                    throw TenonError(.corrupt, "the index is wrong", cause: "the pack has only \(reader.footer.blockCount) blocks")
                }
                return CachedBlock(
                    try reader.decode(block: Int(address.block)),
                    listedIDs: row.isProved ? reader.footer.objectIDs(ofBlock: Int(address.block)) : nil)
            }
        } catch let error as TenonError where error.code == .corrupt && self.row(of: row.number) != nil {
            throw noteDamage(address, row: row, key: key, cause: error.description)
        }
    }

    /// Opens a pack. One whose file is gone is unlisted; one whose footer is damaged is salvaged; both throw `missingContent`, so that the
    /// object is looked up again. One that the disk can't give back stays as it is: that may pass.
    private func openPack(_ row: PackRow) throws -> PackReader {
        do {
            return try reader(row)
        } catch let error as TenonError where error.code == .notFound {
            try unlist(row, reason: "its file is gone")
            throw TenonError(.missingContent, "pack \(row.id.digest.hex) is gone", cause: error.cause)
        } catch let error as TenonError where error.code == .corrupt {
            try salvage(row, reason: error)
            throw TenonError(.missingContent, "pack \(row.id.digest.hex) was damaged", cause: error.description)
        }
    }

    /// Marks a block damaged, so that its objects are stored again by the next ingest that has them. Returns the error to throw.
    private func noteDamage(_ address: BlockAddress, row: PackRow, key: ObjectKey, cause: String) -> TenonError {
        let error = TenonError(
            .corrupt, "\(key.name) is damaged", cause: "block \(address.block) of pack \(row.id.digest.hex): \(cause)",
            hint: "add the same bytes again, or fetch them from a remote")
        markDamaged(address, reason: cause)
        return error
    }

    /// Marks a block damaged in the index at once, and in the catalog.
    func markDamaged(_ address: BlockAddress, reason: String) {
        guard index.markDamaged(address) else { return }
        losses.note(address.pack)
        let pack = row(of: address.pack)?.id.digest.hex ?? "\(address.pack)"
        log.error("a block is damaged", metadata: ["pack": "\(pack)", "block": "\(address.block)", "reason": "\(reason)"])
        do {
            try writeCatalog { try $0.markDamaged(address) }
        } catch {
            log.error("damage could not be noted in the catalog", metadata: ["reason": "\(error)"])
        }
    }

    /// Takes a pack out of the catalog whose bytes are gone.
    func unlist(_ row: PackRow, reason: String) throws {
        losses.note(row.number)
        forget(row)
        log.error("a pack is unlisted", metadata: ["pack": "\(row.id.digest.hex)", "reason": "\(reason)"])
        try writeCatalog { try $0.unlist([row.number]) }
    }
}

extension CachedBlock.Refusal {
    var reason: String {
        switch self {
        case .noSuchPlace: "no object lies where the index says"
        case .wrongHash: "its bytes do not have its hash"
        }
    }
}

extension ObjectKey {
    /// For messages: `chunk sha256:…`.
    var name: String {
        let kind =
            switch type {
            case .data: "chunk"
            case .node: "node"
            case .recipe: "the recipe of"
            case .run: "run record"
            case .snapshot: "snapshot record"
            case .savedState: "saved state"
            default: "object of type \(type.rawValue)"
            }
        return "\(kind) sha256:\(id.hex)"
    }
}
