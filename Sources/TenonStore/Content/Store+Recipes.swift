import GRDB
import Synchronization
import TenonCore
import TenonFormat

/// A recipe is found by the oid of the file that it claims to make, and nothing in it proves the claim: only its chunks, hashed in its order, do.
/// What this store cut itself needs no proof. What came from elsewhere is believed once it has been proved, and until then its file is on a list in
/// the catalog. So is what lay in packs that were not listed: nobody knows any more where those came from.
extension Store {
    /// Whether a file's recipe has to be proved before it is used.
    func isUnproved(_ file: OID) -> Bool { state.withLock { $0.unproved[file.digest] != nil } }

    /// Puts `files` on the list, inside the transaction that makes their recipes count.
    func distrust(_ files: [Digest], in database: Database) throws {
        guard !files.isEmpty else { return }
        try Catalog.distrust(files, in: database)
        state.withLock { $0.distrust(files) }
    }

    /// Proves those recipes of `files` that are on the list; the others cost nothing. Returns why some must not be used: `corrupt` for one that makes
    /// another file, which is marked damaged, `corrupt` or `missingContent` for one that can't be proved now.
    ///
    /// The chunks are read once more for it: while they arrive they come in no order, and what is here already does not come at all.
    func refusedRecipes(among files: some Sequence<OID>, progress: ProgressSink) throws -> [OID: TenonError] {
        let listed = state.withLock { state in
            state.unproved.isEmpty ? [:] : Dictionary(files.compactMap { file in state.unproved[file.digest].map { (file, $0) } }) { $1 }
        }
        // Where a file lies in one chunk too, that one is used.
        let doubtful = listed.filter { !contains(ObjectKey(type: .data, id: $0.key.digest)) }
            .map { (file: $0.key, arrival: $0.value, size: (try? recipe(of: $0.key)?.size) ?? 0) }
            // The longest first, so that the threads end together.
            .sorted { ($1.size, $0.file.digest) < ($0.size, $1.file.digest) }
        guard !doubtful.isEmpty else { return [:] }
        let next = Atomic<Int>(0)
        let proved = Mutex<[Digest: UInt64]>([:])
        let refused = Mutex<[OID: TenonError]>([:])
        let outcome = Result {
            try ThreadTeam.run(max(1, min(doubtful.count, ThreadTeam.preferredCount))) { _ in
                while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < doubtful.count {
                    let (file, arrival, _) = doubtful[index]
                    if let refusal = try refusal(of: file, progress) {
                        refused.withLock { $0[file] = refusal }
                    } else {
                        proved.withLock { $0[file.digest] = arrival }
                    }
                }
            }
        }
        try trust(proved.withLock { $0 })
        try outcome.get()
        return refused.withLock { $0 }
    }

    /// Takes files off the list, unless another recipe of theirs has come since.
    private func trust(_ files: [Digest: UInt64]) throws {
        guard !files.isEmpty else { return }
        try writeCatalog { catalog in
            try catalog.write { database in
                let trusted = state.withLock { state in
                    let trusted = files.filter { state.unproved[$0.key] == $0.value }
                    for file in trusted.keys { state.unproved[file] = nil }
                    return trusted
                }
                try Catalog.trust(Array(trusted.keys), in: database)
            }
        }
    }

    /// Why a file's recipe must not be used; `nil` if it is proved.
    private func refusal(of file: OID, _ progress: ProgressSink) throws -> TenonError? {
        let key = ObjectKey(type: .recipe, id: file.digest)
        do {
            guard location(of: key) != nil else {
                throw TenonError(.missingContent, "the store does not have \(key.name)", cause: "no pack holds it, or only a damaged block")
            }
            while let location = location(of: key), let recipe = try recipe(of: file) {
                // If the file has its hash, so have its chunks. If not, their own hashes tell whether it is the recipe's fault.
                if try FileProof.run(file, size: recipe.size, store: self, progress: progress, isCounted: false, chunkProof: .checksum)
                    .problems.isEmpty
                {
                    return nil
                }
                let proof = try FileProof.run(file, size: recipe.size, store: self, progress: progress, isCounted: false)
                guard let problem = proof.problems.first else { return nil }
                guard proof.isForged else {
                    return TenonError(problem.problem == .missing ? .missingContent : .corrupt, "\(file) can't be proved", cause: problem.detail)
                }
                // Another copy of the recipe may be good.
                try condemnRecipe(of: file, at: location, reason: problem.detail)
            }
            return contains(ObjectKey(type: .data, id: file.digest))
                ? nil
                : TenonError(
                    .corrupt, "the recipe of \(file) is false", cause: "the chunks that it lists make another file",
                    hint: "add the same bytes again, or fetch them from another remote")
        } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
            return error
        }
    }

    /// Marks the block of a recipe that makes another file damaged, so that the next ingest of the right one stores its own. The file stays on the
    /// list: the block reads well, and so the mark may be taken back.
    func condemnRecipe(of file: OID, at location: ObjectLocation, reason: String) throws {
        if !isUnproved(file) { try writeCatalog { try $0.write { try distrust([file.digest], in: $0) } } }
        markDamaged(location.address, reason: "the recipe of \(file) in it is false: \(reason)")
    }
}

extension PackFooter {
    /// The files whose recipes lie in blocks of which `isWanted`.
    func recipes(where isWanted: (Int) -> Bool = { _ in true }) -> [Digest] {
        (0..<chunkCount).map { chunk($0) }.filter { $0.key.type == .recipe && isWanted($0.block) }.map(\.key.id)
    }
}
