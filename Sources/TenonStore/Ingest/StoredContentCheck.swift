import TenonCore
import TenonFormat

/// Finds out which known files need not be read because all their bytes are stored, and notes for the commit what the snapshot relies on.
struct StoredContentCheck {
    let store: Store
    let session: PackSession
    /// Asked whether to go on.
    let progress: ProgressSink

    /// Whether every byte of a file is stored in packs that count.
    func isStored(_ oid: OID, size: UInt64) throws -> Bool {
        if size == 0 { return true }
        let chunk = ObjectKey(type: .data, id: oid.digest)
        // Looked up before it is claimed: what is claimed must be stored by whoever claims it.
        if store.contains(chunk) { return try rely(on: chunk) }
        let key = ObjectKey(type: .recipe, id: oid.digest)
        // Before it is relied on: what is refused is damaged from then on.
        guard try store.refusedRecipes(among: [oid], progress: progress).isEmpty else { return false }
        guard store.contains(key), try rely(on: key) else { return false }
        do {
            let recipe = try RecipeReader(object: store.read(key), oid: oid, size: size) { node in
                let key = ObjectKey(type: .node, id: node.digest)
                let bytes = try store.read(key)
                _ = try rely(on: key)
                return bytes
            }
            try recipe.forEachDistinct { chunk in
                let key = ObjectKey(type: .data, id: chunk.id.digest)
                guard store.contains(key), try rely(on: key) else { throw TenonError(.missingContent, "\(key.name) is missing") }
            }
            return true
        } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
            return false
        }
    }

    /// Notes that the snapshot needs an object that was found a moment ago. If it is lost since, the whole ingest begins anew.
    private func rely(on key: ObjectKey) throws -> Bool {
        guard case .stored = session.claim(key) else { throw PackSession.ReuseLost(packs: []) }
        return true
    }
}
