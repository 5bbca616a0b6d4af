import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// The one routine that moves an artifact's data, so that half a move is never taken for a change.
///
/// Before the first file changes, the base says `moving FROM TO`, durably; with the last file in place it says TO, for this boot of the machine.
/// The daemon forces the files to disk when the command is over, and then says so in the base.
struct Mover {
    let tree: WorkTree
    let store: Store
    let sink: ProgressSink

    /// Brings the data of `record` to `target`, and the pointer file with it if it says something else. `bases` is written on the way.
    ///
    /// If the store lacks the bytes, nothing is touched. If the move fails with nothing changed, the base is as it was; else the artifact stays
    /// `moving` until it is restored.
    ///
    /// - Parameter data: what lies there, as it was just found.
    func bring(
        _ record: ArtifactRecord, from data: Pointer?, to target: Pointer, discard: Bool, bases: inout BaseTable
    ) throws -> RestoredArtifact {
        try requireRoom(for: record.path)
        try requireStored(target, at: record.path)
        let kept = discard || data?.sameContent(as: target) == true ? nil : try keep(data, of: record)
        let earlier = bases[record.path]
        try tree.beginMove(of: record.path)
        try mark(record.path, to: target, bases: &bases)
        do {
            if record.pointerFile.pointer?.sameContent(as: target) != true || record.pointerBytes == nil {
                try tree.files.replace(try record.path.pointerPath, with: target.bytes)
            }
            let result = try store.checkout(
                target, at: try tree.place(record.path), only: [], discard: discard, durability: .deferred, progress: sink)
            bases[record.path] = .written(target, boot: tree.bases.boot)
            try tree.bases.save(bases)
            return RestoredArtifact(record.path, result, kept: kept)
        } catch {
            takeBack(record.path, to: earlier, bases: &bases)
            throw error
        }
    }

    /// Brings single entries of the artifact to what `target` says of them; the artifact is then modified, or clean.
    func bring(
        _ record: ArtifactRecord, from data: Pointer?, entries: [RelativePath], of target: Pointer, discard: Bool
    ) throws -> RestoredArtifact {
        try requireRoom(for: record.path)
        let kept = discard || data?.sameContent(as: target) == true ? nil : try keep(data, of: record)
        let result = try store.checkout(target, at: try tree.place(record.path), only: entries, discard: discard, progress: sink)
        return RestoredArtifact(record.path, result, kept: kept)
    }

    /// Removes the data of an artifact that has no pointer any more.
    func drop(_ record: ArtifactRecord, data: Pointer?, discard: Bool, bases: inout BaseTable) throws -> RestoredArtifact {
        let kept = discard ? nil : try keep(data, of: record)
        let earlier = bases[record.path]
        try mark(record.path, to: nil, bases: &bases)
        do {
            let result = try store.remove(try tree.place(record.path), discard: discard, progress: sink)
            bases[record.path] = nil
            try tree.bases.save(bases)
            return RestoredArtifact(record.path, result, kept: kept)
        } catch {
            takeBack(record.path, to: earlier, bases: &bases)
            throw error
        }
    }

    /// Names data for `tenon recover` that the store has already (the pointer followed it, or a `diff` put it there) but no commit binds: once it
    /// is overwritten, nobody could ask for it. What the store lacks, the checkout itself saves and names.
    private func keep(_ data: Pointer?, of record: ArtifactRecord) throws -> SavedStateRecord? {
        try data.flatMap { try keep($0, at: record.path) }
    }

    @discardableResult
    func keep(_ data: Pointer, at path: RelativePath) throws -> SavedStateRecord? {
        guard store.isStored(data), try !tree.isBoundLately(data, to: path) else { return nil }
        let state = try SavedStateRecord(
            repository: try tree.repositoryIdentifier(), workTree: Array(tree.path.utf8), artifact: path,
            time: store.options.now(), pointer: data)
        let session = try store.beginWrite()
        try session.commit([], savedStates: [state])
        return state
    }

    private func mark(_ path: RelativePath, to target: Pointer?, bases: inout BaseTable) throws {
        let from: Pointer? =
            switch bases[path] {
            case .settled(let pointer), .written(let pointer, _): pointer
            case .moving(let from, _): from
            case nil: nil
            }
        bases[path] = .moving(from: from, to: target)
        try tree.bases.save(bases)
    }

    /// After a failure: if the data is still what the base named, the move never began. Else the mark stays, and tells so.
    private func takeBack(_ path: RelativePath, to earlier: Base?, bases: inout BaseTable) {
        if earlier?.isMoving == true { return }
        // Asked by looking, not by what the failure says; where even that fails, `moving` is the truth.
        guard let place = try? tree.place(path), let found = try? store.look(place, progress: ProgressSink()) else { return }
        let isUntouched =
            switch found {
            case .absent: earlier == nil
            case .present(let content): earlier?.pointer.map { content.pointer?.sameContent(as: $0) == true } ?? false
            }
        guard isUntouched else { return }
        bases[path] = earlier
        try? tree.bases.save(bases)
    }

    /// Throws `missingContent` unless the store has all that `pointer` names.
    func requireStored(_ pointer: Pointer, at path: RelativePath) throws {
        guard !store.isStored(pointer) else { return }
        throw TenonError(
            .missingContent, "'\(path)' can't be restored", cause: "the store lacks the bytes of \(pointer.oid)",
            hint: "bring the data here by other means and run 'tenon add \(path)': the pointer tells whether it is the same")
    }

    /// Throws `conflict` if Git itself tracks something where the data would go.
    private func requireRoom(for path: RelativePath) throws {
        guard try tree.isTrackedByGit(path) else { return }
        throw TenonError(
            .conflict, "'\(path)' can't be restored", cause: "Git tracks files at this path",
            hint: "keep one of both: 'git rm -r --cached -- \(path)' or 'git rm --cached -- \(path).tenon'")
    }
}

extension RestoredArtifact {
    init(_ path: RelativePath, _ result: CheckoutResult, kept: SavedStateRecord? = nil) {
        self.init(
            path: WirePath(path), filesWritten: result.filesWritten, filesRemoved: result.filesRemoved, bytesWritten: result.bytesWritten,
            saved: (result.saved ?? kept).map { SHA256Hasher.hash($0.bytes).hex })
    }
}
