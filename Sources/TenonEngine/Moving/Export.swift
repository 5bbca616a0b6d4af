import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// `restore --to DIR`: artifacts, or entries of them, below a directory that is no work tree of ours. No base is kept of it, and no state of it could
/// be brought back: so what lies there is neither overwritten nor removed.
struct Export {
    let job: Job<RestoreRequest>
    let request: RestoreRequest
    let destination: String

    init(job: Job<RestoreRequest>, request: RestoreRequest, destination: WirePath) throws {
        self.job = job
        self.request = request
        guard let path = String(validating: destination.bytes, as: UTF8.self), path.hasPrefix("/") else {
            throw TenonError(.invalidArgument, "'\(destination)' can't be written to", cause: "its path is not absolute, or not UTF-8")
        }
        for component in destination.bytes.split(separator: UInt8(ascii: "/")) where GitName.isDotGit(component) {
            throw TenonError(.invalidArgument, "'\(destination)' can't be written to", cause: "it lies inside a Git directory")
        }
        self.destination = path
    }

    func run() throws -> RestoreRequest.Reply {
        let tree = job.tree
        let selection = try tree.selection(request.paths)
        let survey = try Survey(tree, paths: selection)
        let source = try Source(tree: tree, commit: request.source, side: request.side)
        var reply = RestoreRequest.Reply(restored: [], failed: [])
        let plan = try RestorePlan(selection, source: source, survey: survey)
        try makeDirectories(destination, mask: job.tree.mask)
        for artifact in plan.artifacts {
            try job.checkCancellation()
            do {
                reply.restored.append(try write(artifact, entries: plan.entries[artifact] ?? [], source: source, survey: survey))
            } catch let error as TenonError where error.code != .cancelled && error.code != .noSpace {
                reply.failed.append(FailedArtifact(path: WirePath(artifact), error: error))
            }
        }
        return reply
    }

    private func write(_ artifact: RelativePath, entries: [RelativePath], source: Source, survey: Survey) throws -> RestoredArtifact {
        let record = survey[artifact] ?? ArtifactRecord(path: artifact)
        let pointer = try source.pointer(for: record, state: nil)
        // Of single entries, the rest of the artifact need not be here.
        if entries.isEmpty { try Mover(tree: job.tree, store: job.store, sink: job.sink).requireStored(pointer, at: artifact) }
        try source.require(entries, of: artifact, in: pointer, job.store) { _ in false }
        job.meter.begin(.writing, artifact.description)
        let place = ArtifactPlace(workTreeRoot: destination, workTreeID: "elsewhere", path: artifact)
        return RestoredArtifact(
            artifact,
            try job.store.checkout(pointer, at: place, only: entries, discard: false, overwrites: false, mask: job.tree.mask, progress: job.sink))
    }
}
