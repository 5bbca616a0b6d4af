import TenonCore
import TenonFormat

/// Takes blocks that come from a remote into this store: each is decoded and each object proved by its hash before it is kept, as it came.
///
/// May be used from several threads at once.
package final class Arrival: Sendable {
    private let store: Store
    private let session: PackSession
    private let decoder = BlockDecoder()

    init(store: Store) throws {
        self.store = store
        MemoryTuning.apply()
        session = try store.beginWrite(isForeign: true)
    }

    /// Keeps `block`, whose objects must be `ids`. Throws `corrupt` if they are not.
    package func take(_ block: PackBlock, ids: [Digest]) throws {
        let decoded = try block.proved(ids: ids, with: decoder)
        // Not `contains`: a claim of another thread that is not kept yet would leave a hole.
        let isNew = ids.map { session.claim(ObjectKey(type: decoded.type, id: $0)) == .new }
        if isNew.contains(true) { try session.append(block.encoded(ids: ids)) }
    }

    /// Makes what was taken count, and `pointer` with it: a snapshot, if all that it needs is here now.
    ///
    /// Throws `missingContent` if it is not; what was taken is kept all the same.
    package func commit(_ pointer: Pointer?) throws {
        // Metadata is read to be walked, so what was taken must count before the snapshot can.
        try session.commit([])
        MemoryTuning.trim()
        if let pointer { try store.completeSnapshot(pointer) }
    }

    /// Ends it without a snapshot; complete packs are kept, to be reused.
    package func abort() { session.abort() }
}

extension Store {
    /// Enters `pointer` as a snapshot, if all that it needs is here. Throws `missingContent` naming the first object that is not.
    package func completeSnapshot(_ pointer: Pointer) throws {
        if let failure = try completeSnapshots([pointer]).first { throw failure.error }
    }

    /// Enters those of `pointers` as snapshots of which all is here, in one step. Returns the others, each with what it lacks (`missingContent`) or what
    /// contradicts itself in it (`corrupt`): a recipe that came from elsewhere must make the file that it is the recipe of.
    ///
    /// - Parameter progress: asked whether to go on.
    package func completeSnapshots(
        _ pointers: [Pointer], progress: ProgressSink = ProgressSink()
    ) throws -> [(pointer: Pointer, error: TenonError)] {
        // A recipe that was refused is damaged from then on, and would be missing when this looks again.
        var refused: [(pointer: Pointer, error: TenonError)] = []
        return try Store.retryingLost {
            let session = try beginWrite()
            do {
                var rows: [SnapshotRow] = []
                var failures = refused
                for pointer in pointers where !refused.contains(where: { $0.pointer == pointer }) {
                    do {
                        var recipes: [OID] = []
                        try walk.visit(pointer) { key in
                            try progress.check()
                            if key.type == .recipe { recipes.append(OID(key.id)) }
                            guard contains(key) else {
                                throw TenonError(.missingContent, "the content of \(pointer.oid) is not complete", cause: "\(key.name) is missing")
                            }
                            // What is claimed and not stored must be stored by whoever claims it; it was lost just now.
                            guard case .stored = session.claim(key) else { throw PackSession.ReuseLost(packs: []) }
                        }
                        if let refusal = try refusedRecipes(among: recipes, progress: progress).values.first {
                            if refusal.code == .corrupt { refused.append((pointer, refusal)) }
                            throw refusal
                        }
                        rows.append(SnapshotRow(content: pointer, time: options.now()))
                    } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                        failures.append((pointer, error))
                    }
                }
                if rows.isEmpty { session.abort() } else { try session.commit(rows) }
                return failures
            } catch {
                session.abort()
                throw error
            }
        }
    }

    /// Begins to take blocks from elsewhere. Throws `noSpace` if less is free than the store keeps free.
    package func beginArrival() throws -> Arrival { try Arrival(store: self) }
}
