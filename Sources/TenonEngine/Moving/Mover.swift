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
    /// If the store lacks the bytes, nothing is touched. If the move fails with nothing changed, pointer file and base are as they were; else the
    /// artifact stays `moving` until it is restored.
    ///
    /// - Parameters:
    ///   - data: what lies there, as it was just found.
    ///   - unnamed: what pointer file and index say and will say no more, for `tenon recover` like the data.
    func bring(
        _ record: ArtifactRecord, from data: Pointer?, to target: Pointer, discard: Bool, givingUp unnamed: [Pointer] = [],
        bases: inout BaseTable
    ) throws -> RestoredArtifact {
        try requireRoom(for: record.path)
        try requireStored(target, at: record.path)
        let kept = discard ? nil : try keep([data].compactMap(\.self) + unnamed, of: record, insteadOf: target)
        let earlier = bases[record.path]
        try tree.beginMove(of: record.path)
        do {
            try mark(record.path, to: target, bases: &bases)
            if record.pointerFile.pointer?.sameContent(as: target) != true || record.pointerBytes == nil {
                try tree.files.replace(try record.path.pointerPath, with: target.bytes)
            }
            let result = try store.checkout(
                target, at: try tree.place(record.path), only: [], discard: discard, durability: .deferred, mask: tree.mask, progress: sink)
            bases[record.path] = .written(target, boot: tree.bases.boot)
            try tree.bases.save(bases)
            return RestoredArtifact(record.path, result, kept: kept)
        } catch {
            takeBack(record, of: data, pointer: target, to: earlier, bases: &bases)
            throw error
        }
    }

    /// Brings single entries of the artifact to what `target` says of them; the artifact is then modified, or clean.
    func bring(
        _ record: ArtifactRecord, from data: Pointer?, entries: [RelativePath], of target: Pointer, discard: Bool
    ) throws -> RestoredArtifact {
        try requireRoom(for: record.path)
        let kept = try discard || !changes(data, to: target, within: entries) ? nil : keep(data, of: record)
        let result = try store.checkout(target, at: try tree.place(record.path), only: entries, discard: discard, mask: tree.mask, progress: sink)
        return RestoredArtifact(record.path, result, kept: kept)
    }

    /// Whether bringing these entries of `target` (none: all) takes anything from `data`. Where that can't be told from the store alone, it may.
    private func changes(_ data: Pointer?, to target: Pointer, within entries: [RelativePath]) throws -> Bool {
        guard let data, !data.sameContent(as: target) else { return false }
        guard !entries.isEmpty, data.kind == .tree, target.kind == .tree, store.isStored(data) else { return true }
        var isChanged = false
        try store.difference(data, target) { change in
            isChanged =
                isChanged || entries.contains { change.path.elementsEqual($0.bytes) || change.path.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
        }
        return isChanged
    }

    /// Removes the data of an artifact that has no pointer any more.
    func drop(_ record: ArtifactRecord, data: Pointer?, discard: Bool, bases: inout BaseTable) throws -> RestoredArtifact {
        let kept = discard ? nil : try keep(data, of: record)
        let earlier = bases[record.path]
        do {
            try mark(record.path, to: nil, bases: &bases)
            let result = try store.remove(try tree.place(record.path), discard: discard, progress: sink)
            bases[record.path] = nil
            try tree.bases.save(bases)
            return RestoredArtifact(record.path, result, kept: kept)
        } catch {
            takeBack(record, of: data, pointer: nil, to: earlier, bases: &bases)
            throw error
        }
    }

    /// Names data for `tenon recover` that the store has already (the pointer followed it, or a `diff` put it there) but no commit binds: once it
    /// is overwritten, nobody could ask for it. What the store lacks, the checkout itself saves and names.
    private func keep(_ data: Pointer?, of record: ArtifactRecord) throws -> SavedStateRecord? {
        try data.flatMap { try keep($0, at: record.path) }
    }

    /// The same for each of several states, once, unless it is that of `target`. Returns the first that was saved.
    private func keep(_ states: [Pointer], of record: ArtifactRecord, insteadOf target: Pointer) throws -> SavedStateRecord? {
        var seen = [target]
        var first: SavedStateRecord?
        for state in states where !seen.contains(where: state.sameContent) {
            seen.append(state)
            let saved = try keep(state, at: record.path)
            first = first ?? saved
        }
        return first
    }

    @discardableResult
    func keep(_ data: Pointer, at path: RelativePath) throws -> SavedStateRecord? {
        guard store.isStored(data), try !tree.isBoundLately(data, to: path) else { return nil }
        let state = try SavedStateRecord(
            repository: try tree.identifier(), workTree: Array(tree.path.utf8), artifact: path,
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

    /// After a failure: if the data is still what lay there before, the move never began, and its traces go. Else the mark stays, and tells so.
    ///
    /// - Parameters:
    ///   - data: what lay there.
    ///   - target: what the pointer file says, if the move came to write it.
    private func takeBack(_ record: ArtifactRecord, of data: Pointer?, pointer target: Pointer?, to earlier: Base?, bases: inout BaseTable) {
        // Asked by looking, not by what the failure says; where even that fails, `moving` is the truth.
        guard let place = try? tree.place(record.path), let found = try? store.look(place, progress: ProgressSink()) else { return }
        let isUntouched =
            switch found {
            case .absent: data == nil
            case .present(let content): data.map { content.pointer?.sameContent(as: $0) == true } ?? false
            }
        guard isUntouched else { return }
        do {
            // The pointer first: with the old base beside it, the new one would pass for a move of Git's.
            if let target { try putPointerBack(record, insteadOf: target) }
            bases[record.path] = earlier
            try tree.bases.save(bases)
        } catch {
            // What could not be taken back stays `moving`, and `restore` finishes it.
        }
    }

    /// Gives the pointer file the bytes that it had, unless somebody else has changed it since.
    private func putPointerBack(_ record: ArtifactRecord, insteadOf target: Pointer) throws {
        let file = try record.path.pointerPath
        guard record.pointerBytes != target.bytes, try tree.files.read(file, limit: Pointer.maximumLength) == target.bytes else { return }
        if let bytes = record.pointerBytes { try tree.files.replace(file, with: bytes) } else { try tree.files.remove(file) }
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
