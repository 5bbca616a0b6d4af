import TenonCore
import TenonFormat

extension Store {
    /// The snapshots of this content: of a tree one for each manifest, of a file one for each executable bit.
    package func snapshots(kind: ArtifactKind, oid: OID) throws -> [SnapshotRow] {
        try catalog.snapshots(kind: kind, oid: oid)
    }

    /// All snapshots.
    package func snapshots() throws -> [SnapshotRow] {
        try catalog.snapshots()
    }

    /// Whether every byte that `pointer` names is stored.
    ///
    /// A look into the catalog as long as nothing was lost since the snapshot was made; after a loss, each of its chunks is looked up once.
    package func hasContent(_ pointer: Pointer) throws -> Bool {
        switch try catalog.standing(of: pointer) {
        case .absent: return false
        case .proven: return true
        case .doubtful:
            let knownLosses = losses.count
            guard try ContentCheck(store: self).isComplete(pointer) else { return false }
            try prove(pointer, knownLosses: knownLosses)
            return true
        }
    }

    /// Notes that every byte of a snapshot was found, unless something was lost since there were `knownLosses`.
    func prove(_ pointer: Pointer, knownLosses: Int) throws {
        // A loss is noted before the catalog is told. So it is seen in the transaction, or the catalog puts this snapshot in doubt after it.
        try writeCatalog { try $0.prove(pointer) { losses.count == knownLosses } }
    }

    /// How a file is made: `nil` for one that is a single chunk, or empty.
    ///
    /// Throws `missingContent` if the store has neither the chunk nor the recipe.
    package func recipe(of oid: OID, size: UInt64? = nil) throws -> RecipeReader? {
        if size == 0 || oid == Store.emptyOID || contains(ObjectKey(type: .data, id: oid.digest)) { return nil }
        return try RecipeReader(object: read(ObjectKey(type: .recipe, id: oid.digest)), oid: oid, size: size) { [self] node in
            try read(ObjectKey(type: .node, id: node.digest))
        }
    }

    /// SHA-256 of nothing.
    static let emptyOID = OID(SHA256Hasher.hash([]))

    // MARK: Saved states

    /// Work-tree states that checkouts saved in the last 30 days, the latest first.
    package func savedStates() throws -> [SavedState] {
        let now = options.now()
        return try catalog.savedStates(after: now - min(now, Store.savedStateLifetime)).compactMap { id, bytes in
            do {
                return SavedState(id: id, record: try SavedStateRecord(parsing: bytes))
            } catch {
                log.warning("a saved state can't be read", metadata: ["id": "\(id.hex)", "reason": "\(error)"])
                return nil
            }
        }
    }

    package func savedState(_ id: Digest) throws -> SavedState? {
        try savedStates().first { $0.id == id }
    }
}
