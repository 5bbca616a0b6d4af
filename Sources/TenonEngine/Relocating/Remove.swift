import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `tenon rm`: stops tracking artifacts and removes their data. What is stored nowhere is refused, or with `force` saved for `tenon recover`.
    package func remove(_ request: RemoveRequest, _ reporter: Reporter<RemoveRequest>) async throws -> RemoveRequest.Reply {
        try await writing(request, reporter) { job in
            let tree = job.tree
            let paths = try request.paths.map(tree.artifactPath)
            guard !paths.isEmpty else { throw TenonError(.invalidArgument, "nothing to remove", hint: "name artifacts") }
            let survey = try Survey(tree, paths: paths)
            var removal = Removal(job: job, bases: survey.bases)
            for path in Set(paths).sorted() {
                guard let record = survey[path] else {
                    let around = survey.artifact(around: path)
                    throw TenonError(
                        .notFound, "'\(path)' can't be removed",
                        cause: around.map { "it lies inside the artifact '\($0.path)'" } ?? "it is no artifact",
                        hint: around.map { "remove it as any file; 'tenon add \($0.path)' takes the new state" })
                }
                try removal.plan(record, force: request.force)
            }
            if !request.dryRun {
                try tree.requireFreeIndex()
                try removal.execute()
            }
            return RemoveRequest.Reply(removed: removal.removed)
        }
    }
}

/// One `rm`. It goes the way that `git rm` of the pointers would: they go first, from work tree and index, and then the data, which is no
/// artifact's any more. Cut short between the two, `status` says that Git has taken the pointer away.
private struct Removal {
    let job: Job<RemoveRequest>
    private var bases: BaseTable
    private var planned: [(record: ArtifactRecord, data: Pointer?)] = []
    private(set) var removed: [RemovedArtifact] = []

    init(job: Job<RemoveRequest>, bases: BaseTable) {
        self.job = job
        self.bases = bases
    }

    /// Takes `record` in, if nothing would be lost with it.
    mutating func plan(_ record: ArtifactRecord, force: Bool) throws {
        let data = try job.observe(record.path)
        if !force, let data, !job.store.isStored(data) {
            let isModified = record.pointerFile.pointer.map { !$0.sameContent(as: data) } ?? true
            throw TenonError(
                .artifactState, "'\(record.path)' can't be removed",
                cause: isModified ? "its data was changed and is stored nowhere else" : "its data is stored nowhere else",
                hint: "tenon untrack \(record.path) keeps it; 'tenon rm --force' saves it for 'tenon recover' and removes it")
        }
        planned.append((record, data))
        removed.append(RemovedArtifact(path: WirePath(record.path), pointer: record.pointerFile.pointer.map(PointerSummary.init)))
    }

    mutating func execute() throws {
        let tree = job.tree
        for (record, _) in planned { try tree.files.remove(try record.path.pointerPath) }
        try tree.unstage(try planned.map { try $0.record.path.pointerPath })
        let mover = Mover(tree: tree, store: job.store, sink: job.sink)
        var ignoreFiles: Set<RelativePath> = []
        for (position, (record, data)) in planned.enumerated() {
            if data != nil {
                removed[position].saved = try mover.drop(record, data: data, discard: false, bases: &bases).saved
            }
            if let file = try tree.unignore(record.path) { ignoreFiles.insert(file) }
            bases[record.path] = nil
        }
        try tree.bases.save(bases)
        try tree.stageFiles(try ignoreFiles.sorted().filter(tree.isInIndex))
    }
}
