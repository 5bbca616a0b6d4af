import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// One `add`: what it has stored and written so far, in the order that a crash can't hurt: bytes, ignore lines, pointer, index, base.
struct Addition<R: WorkTreeRequest> {
    let job: Job<R>
    let stages: Bool
    let isDryRun: Bool
    let compression: CompressionChoice
    /// The records of the runs that made artifacts, where it was a run.
    var runs: [RelativePath: RunID] = [:]
    private(set) var reply = AddRequest.Reply(artifacts: [], readBytes: 0, newBytes: 0, storedBytes: 0)
    /// Pointer files, and their bytes, that Git's index does not have yet.
    private var unstaged: [(path: RelativePath, bytes: [UInt8])] = []
    /// Files that somebody writes to, for which pointers that only follow were not written; by their paths in the artifacts.
    private(set) var beingWritten: [[UInt8]] = []
    private var ignoreFiles: Set<RelativePath> = []
    /// What Git tracks of artifacts that are adopted, by artifact; and those of them whose pointers are written.
    private var claims: [RelativePath: [RelativePath]] = [:]
    private var adopted: [RelativePath] = []
    private var settled: [RelativePath: Pointer] = [:]
    private var bases = BaseTable()

    init(job: Job<R>, stages: Bool, isDryRun: Bool, compression: CompressionChoice) throws {
        self.job = job
        self.stages = stages
        self.isDryRun = isDryRun
        self.compression = compression
    }

    /// Takes what lies at `paths`, tracked already or not.
    ///
    /// - Parameter adopts: also what Git tracks there. It leaves Git's index in the same step in which the pointer enters it, when its bytes are
    ///   stored.
    mutating func add(_ paths: [RelativePath], adopts: Bool = false) throws {
        guard !paths.isEmpty else { throw TenonError(.invalidArgument, "nothing to add", hint: "name files or directories, or use -u") }
        // All are checked before the first is stored.
        let survey = try Survey(job.tree, named: paths)
        bases = survey.bases
        let check = PathCheck(tree: job.tree, store: job.store, survey: survey, adopts: adopts)
        let adoption = adopts ? try Adoption(job: job) : nil
        var distinct: [RelativePath] = []
        for path in paths where !distinct.contains(path) {
            try check.require(path, among: distinct)
            if let claim = try adoption?.claim(path), !claim.isEmpty { claims[path] = claim }
            distinct.append(path)
        }
        if stages && !isDryRun { try job.tree.requireFreeIndex() }
        try finishing { addition in
            for path in distinct {
                try addition.take(survey[path] ?? ArtifactRecord(path: path), isNamed: true)
            }
        }
    }

    /// Takes the new state of tracked artifacts at or below `selection`.
    ///
    /// With staging, an artifact whose state forbids it stops all of it before anything is written; without (the pointer follows the data), it is
    /// passed over.
    ///
    /// - Parameter leavesUnsteady: one that changes while it is read is told of in a warning and left as it is, and the others are taken.
    mutating func update(_ selection: [RelativePath], leavesUnsteady: Bool = false) throws {
        let survey = try Survey(job.tree, paths: selection)
        bases = survey.bases
        if !stages, try job.tree.isGitBusy() { return }
        // The survey has selected already: what lies at, below or around the paths.
        let records = survey.records.filter(\.isNamed)
        for path in selection where !records.contains(where: { $0.path.isWithin(path) || path.isWithin($0.path) }) {
            throw TenonError(.notFound, "'\(path)' can't be updated", cause: "there is no artifact", hint: "tenon add \(path) makes it one")
        }
        if stages {
            for record in records { try refuseUpdate(of: record) }
            if !isDryRun { try job.tree.requireFreeIndex() }
        }
        try finishing { addition in
            for record in records {
                do {
                    try addition.take(record, isNamed: false)
                } catch let error as TenonError where leavesUnsteady && error.code == .changedWhileReading {
                    addition.job.reporter.warn("'\(record.path)' is being written to and is not in this commit: \(error)")
                }
            }
        }
    }

    /// Does `body`, then stages and settles what it has got done, whether it came to its end or not.
    private mutating func finishing(_ body: (inout Self) throws -> Void) throws {
        do {
            try body(&self)
        } catch {
            try? finish()
            throw error
        }
        try finish()
    }

    private mutating func finish() throws {
        guard !isDryRun else { return }
        if stages, !unstaged.isEmpty || !ignoreFiles.isEmpty || !adopted.isEmpty {
            try job.tree.stage(unstaged, removing: adopted.flatMap { claims[$0] ?? [] })
            try job.tree.stageFiles(ignoreFiles.sorted())
            try freeFromLFS()
            unstaged = []
            ignoreFiles = []
            adopted = []
        }
        var isChanged = false
        for (path, pointer) in settled where bases[path]?.pointer != pointer {
            try job.tree.settle(path, on: pointer, in: &bases)
            isChanged = true
        }
        if isChanged { try job.tree.bases.save(bases) }
    }

    /// A line that sends only an adopted artifact to Git LFS goes; others are named.
    private func freeFromLFS() throws {
        for artifact in adopted {
            let files = (claims[artifact] ?? []).prefix(1000)
            for rule in try job.tree.lfsRules(around: artifact) where rule.isOnly(about: artifact) || files.contains(where: rule.matches) {
                guard rule.isOnly(about: artifact) else {
                    job.reporter.warn(
                        "\(rule.place) goes on sending '\(displayName(rule.pattern))' to Git LFS; it says nothing of '\(artifact)' any more")
                    continue
                }
                let isChanged = try job.tree.editRules(rule.file) { text in IgnoreRules.removing(where: { $0.elementsEqual(rule.text) }, from: text) }
                if isChanged { try job.tree.stageFiles([rule.file]) }
                job.reporter.warn("\(rule.place) sent only '\(artifact)' to Git LFS, and was removed")
            }
        }
    }

    /// What forbids `add -u`, told from pointer, index and base alone.
    private func refuseUpdate(of record: ArtifactRecord) throws {
        if record.isConflicted {
            throw TenonError(
                .artifactState, "'\(record.path)' can't be updated", cause: "its pointer is in conflict",
                hint: "choose: tenon restore --ours \(record.path), --theirs, or 'tenon add \(record.path)' for the data that lies there")
        }
        if case .damaged(let error) = record.pointerFile {
            throw TenonError(
                .artifactState, "'\(record.path)' can't be updated", cause: "its pointer can't be read: \(error.cause ?? error.message)",
                hint: "git checkout -- \(record.path).tenon, or 'tenon add \(record.path)' for the data that lies there")
        }
    }

    /// Stores one artifact's data, and writes its pointer if the data is newer than it.
    private mutating func take(_ record: ArtifactRecord, isNamed: Bool) throws {
        try job.checkCancellation()
        if !isNamed, !record.needsData { return }
        if case .damaged(let error) = record.pointerFile, error.code == .unsupportedVersion { throw error }
        if case .hidden = record.pointerFile, !isNamed { return }
        // Stored only if it may be taken: half a checkout, or data that Git's move has to save first, would be stored and named by nothing.
        if record.isNamed, record.needsData, !record.isPointerUnmoved {
            let standing = record.standing(data: try job.observe(record.path))
            if standing.state != .clean, try !(isNamed && standing.state == .diverged) || job.tree.isInPart(record) {
                return try pass(record, standing, isNamed: isNamed)
            }
        }
        if !stages, !isNamed, let file = try job.store.fileBeingWritten(try job.tree.place(record.path), progress: job.sink) {
            return beingWritten.append(file)
        }
        guard let data = try store(record, isNamed: isNamed) else {
            return try pass(record, record.standing(data: nil), isNamed: isNamed)
        }
        let standing = record.standing(data: data)
        switch standing.state {
        case .clean where record.isNamed, .modified:
            try write(data, for: record)
        case .conflicted where isNamed, .damaged where isNamed, .diverged where isNamed:
            if standing.state == .diverged, record.base != nil {
                job.reporter.warn("'\(record.path)': its pointer had been moved by Git; the data that lies there was taken")
            }
            try write(data, for: record)
        default:
            if isNamed && !record.isNamed { return try write(data, for: record) }
            try pass(record, standing, isNamed: isNamed)
        }
    }

    /// Stores what lies at the artifact's path (in a dry run: only looks). `nil`: nothing lies there.
    private mutating func store(_ record: ArtifactRecord, isNamed: Bool) throws -> Pointer? {
        if isDryRun { return try job.observe(record.path) }
        if try !isNamed && job.tree.files.kind(of: record.path) == .absent { return nil }
        job.meter.begin(.storing, record.path.description)
        let result = try job.store.ingest(try job.tree.place(record.path), compression: compression, progress: job.sink)
        reply.readBytes += result.readBytes
        reply.newBytes += result.newBytes
        reply.storedBytes += result.storedBytes
        return try Pointer(result.content)
    }

    /// An artifact that is not taken: an error where it was named or is to be staged, silence where the pointer only follows.
    private func pass(_ record: ArtifactRecord, _ standing: Standing, isNamed: Bool) throws {
        guard isNamed || stages else { return }
        let what = "'\(record.path)' can't be \(isNamed ? "added" : "updated")"
        let restore = "tenon restore \(record.path)"
        switch standing.state {
        case .moving:
            throw TenonError(.artifactState, what, cause: "a checkout of it was cut short, and half of it is old", hint: "\(restore) finishes it")
        case .diverged where try job.tree.isInPart(record):
            let rest = "\(restore) brings the rest; what was changed is saved first"
            if isNamed { throw TenonError(.artifactState, what, cause: "only a part of it was brought here", hint: rest) }
            job.reporter.warn("'\(record.path)' was left as it is: only a part of it was brought here; \(rest)")
        case .diverged:
            throw TenonError(
                .artifactState, what, cause: "Git moved its pointer, and the data has changed too",
                hint: "\(restore) saves the data and takes the pointer's; 'tenon add \(record.path)' takes the data")
        case .behind where isNamed:
            throw TenonError(
                .artifactState, what, cause: "Git moved its pointer, and the data is still the old",
                hint: "\(restore) brings the data that belongs to the pointer")
        case .behind:
            job.reporter.warn("'\(record.path)' is behind its pointer: \(restore) brings the data")
        case .missing, .notFetched:
            if isNamed { throw TenonError(.notFound, what, cause: "nothing lies there", hint: restore) }
        default: break
        }
    }

    /// Ignore lines, pointer; index and base follow when all are done.
    private mutating func write(_ data: Pointer, for record: ArtifactRecord) throws {
        let present = record.pointerFile.pointer
        // The same content keeps its pointer byte for byte, `run` and `x-` lines included.
        let isSame = present?.sameContent(as: data) == true && !record.isConflicted
        var pointer = isSame ? present ?? data : data
        if !isSame { pointer.run = runs[record.path] }
        let change: AddedArtifact.Change = !record.isNamed ? .added : isSame ? .unchanged : .updated
        reply.artifacts.append(
            AddedArtifact(path: WirePath(record.path), change: change, pointer: PointerSummary(pointer), adopted: claims[record.path]?.count))
        guard !isDryRun else { return }
        if stages || !isSame { try ignore(record.path) }
        let file = try record.path.pointerPath
        if !isSame || record.pointerBytes == nil { try replacePointer(of: record, with: pointer.bytes) }
        if try stages && !job.tree.isStaged(pointer.bytes, record) { unstaged.append((file, pointer.bytes)) }
        if !record.isNamed { try warnOfLFS(record.path) }
        if claims[record.path] != nil { adopted.append(record.path) }
        settled[record.path] = pointer
    }

    /// Writes the pointer, unless somebody has changed it since it was read.
    private func replacePointer(of record: ArtifactRecord, with bytes: [UInt8]) throws {
        let file = try record.path.pointerPath
        if try !stages && job.tree.isGitBusy() {
            throw TenonError(.busy, "the pointer of '\(record.path)' was not written", cause: "Git is in the middle of something")
        }
        let present = try job.tree.files.read(file, limit: 1 << 20)
        guard present == record.pointerBytes || !record.needsData else {
            throw TenonError(
                .changedWhileReading, "the pointer of '\(record.path)' was not written", cause: "Git changed it in the meantime",
                hint: "run the command again")
        }
        try job.tree.files.replace(file, with: bytes)
    }

    /// In clones without Tenon, a rule for Git LFS in a deeper directory than our own line would turn the pointer into one of Git LFS.
    private func warnOfLFS(_ artifact: RelativePath) throws {
        let pointer = try artifact.pointerPath
        guard let rule = try job.tree.lfsRules(around: artifact).last(where: { $0.matches(pointer) && $0.file.parent != nil }) else { return }
        guard
            try job.tree.files.read(rule.file, limit: IgnoreRules.maximumLength).map({ IgnoreRules.contains(Attributes.trackedLine, in: $0) }) != true
        else { return }
        job.reporter.warn(
            "\(rule.place) would send '\(pointer)' to Git LFS in a clone without Tenon; add the line "
                + "'\(String(decoding: Attributes.trackedLine, as: UTF8.self))' at the end of that file")
    }

    /// Keeps Git from taking the data: a line in the `.gitignore` beside it, and one in `info/exclude` for branches that lack that file.
    private mutating func ignore(_ artifact: RelativePath) throws {
        if let changed = try job.tree.ignore(artifact) { ignoreFiles.insert(changed) }
    }
}
