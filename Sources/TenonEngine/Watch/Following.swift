import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// What became of an artifact whose pointer was to follow its data.
enum Following: Equatable, Sendable {
    /// Pointer and data agree, and the store has the bytes; or it is not for the background to change that.
    case done
    /// Somebody writes to this file, by its path in the artifact.
    case beingWritten([UInt8])
    /// Git is in the middle of something, or another verb writes the work tree.
    case treeIsBusy
}

extension Engine {
    /// Stores an artifact's data if it is *modified* and nobody writes to it, and lets the pointer file follow.
    ///
    /// The bytes are stored without the work tree's lock, so that no hook waits for them; the pointer is written under it, by the rules of `add`.
    func follow(_ artifact: RelativePath, in context: WorkTreeContext, _ meter: Meter) async throws -> Following {
        let lock = WorkTree.lockName(context)
        // A move of ours: what lies there now is neither old nor new.
        guard !locks.isHeld(lock) else { return .treeIsBusy }
        let request = AddRequest(workTree: context, paths: [WirePath(artifact)], update: true, stage: false)
        let early = try await blocking { try self.storeModified(artifact, self.job(request, meter)) }
        if let early { return early }
        return try await locks.holding(lock) {
            try await self.blocking { try self.writePointer(artifact, self.job(request, meter)) }
        }
    }

    private func job(_ request: AddRequest, _ meter: Meter) throws -> Job<AddRequest> {
        Job(engine: self, tree: try WorkTree(request.workTree, engine: self), reporter: Reporter(), meter: meter)
    }

    /// Stores the data if it is for the pointer to follow; returns `nil` then.
    private func storeModified(_ artifact: RelativePath, _ job: Job<AddRequest>) throws -> Following? {
        guard let record = try Survey(job.tree, paths: [artifact])[artifact], record.isNamed, record.needsData, record.isPointerUnmoved,
            case .present = record.pointerFile, try job.tree.files.kind(of: artifact) != .absent
        else { return .done }
        if try job.tree.isGitBusy() { return .treeIsBusy }
        let place = try job.tree.place(artifact)
        if let file = try store.fileBeingWritten(place, progress: job.sink) { return .beingWritten(file) }
        job.meter.begin(.storing, artifact.description)
        let result = try store.ingest(place, compression: job.lenientSettings().compression, progress: job.sink)
        return record.standing(data: try Pointer(result.content)).step == .take ? nil : .done
    }

    private func writePointer(_ artifact: RelativePath, _ job: Job<AddRequest>) throws -> Following {
        var addition = try Addition(job: job, stages: false, isDryRun: false, compression: job.lenientSettings().compression)
        try addition.update([artifact])
        if let file = addition.beingWritten.first { return .beingWritten(file) }
        return try job.tree.isGitBusy() ? .treeIsBusy : .done
    }

    /// The artifacts of a work tree that have data here.
    func artifacts(in context: WorkTreeContext, at paths: [WirePath] = []) async throws -> [RelativePath] {
        try await pool.run {
            let tree = try WorkTree(context, engine: self)
            return try Survey(tree, paths: try tree.selection(paths)).records.filter { $0.isNamed && $0.needsData }.map(\.path)
        }
    }

    /// The work tree that a place lies in, if it is one that requests have named.
    func watchedTree(of place: ArtifactPlace) -> WorkTreeContext? { watched[place.workTreeRoot] }
}
