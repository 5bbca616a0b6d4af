import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

/// A pointer as the index has it.
struct IndexPointer {
    var artifact: RelativePath
    var stage: Int
    var blob: GitObjectID
}

/// A pointer as a commit has it.
struct BoundPointer {
    var blob: GitObjectID
}

/// What the verbs ask of Git.
extension WorkTree {
    static func openRepository(_ context: WorkTreeContext, memo: TreeMemo) throws -> GitRepository {
        let environment = try GitEnvironment(caller: context.gitEnvironment, indexFile: context.indexFile?.bytes)
        return try GitRepository.open(
            workTree: context.topLevel.bytes, gitDirectory: context.gitDirectory?.bytes, environment: environment, memo: memo)
    }

    // MARK: The index

    /// The pointers in the index, all stages.
    func indexPointers() throws -> [IndexPointer] {
        try repository.pointersInIndex().compactMap { entry in
            guard !entry.isIntentToAdd, let artifact = entry.artifactPath else { return nil }
            return IndexPointer(artifact: artifact, stage: entry.stage, blob: entry.id)
        }
    }

    /// Writes the choices in a conflict, and drops those of conflicts that the index has no more.
    func saveChoices(_ choices: ChoiceTable.Choices?, of artifact: RelativePath) throws {
        var conflicts: [RelativePath: [Int: GitObjectID]] = [:]
        for entry in try indexPointers() where entry.stage > 0 { conflicts[entry.artifact, default: [:]][entry.stage] = entry.blob }
        try self.choices.save(choices, of: artifact, conflicts: conflicts)
    }

    /// Whether Git tracks `path` itself or anything below it.
    func isTrackedByGit(_ path: RelativePath) throws -> Bool {
        try repository.isTracked(path)
    }

    /// Whether the index has `path`, in any stage.
    func isInIndex(_ path: RelativePath) throws -> Bool {
        try repository.isTracked(path)
    }

    /// The submodule that `path` is or lies in.
    func submodule(around path: RelativePath) throws -> RelativePath? {
        try submodules().first { path.isWithin($0) }
    }

    private func submodules() throws -> [RelativePath] {
        try repository.indexEntries().filter { $0.mode == .submodule }.compactMap { try? RelativePath(bytes: $0.path) }
    }

    /// Whether the index has exactly this pointer for `record`.
    func isStaged(_ pointer: [UInt8], _ record: ArtifactRecord) throws -> Bool {
        guard let staged = record.staged else { return false }
        return try repository.blob(staged, limit: Pointer.maximumLength) == pointer
    }

    /// Whether the pointer file in the work tree is another than the index has.
    func isUnstaged(_ record: ArtifactRecord) throws -> Bool {
        guard let bytes = record.pointerBytes else { return record.pointerFile == .absent && record.staged != nil }
        guard let staged = record.staged else { return !record.isConflicted }
        do {
            return try repository.blob(staged, limit: Pointer.maximumLength) != bytes
        } catch let error as TenonError where error.code == .corrupt || error.code == .invalidArgument {
            return true
        }
    }

    /// Stages files with these bytes, and the mode of a plain file; `removed` leave the index in the same step.
    func stage(_ files: [(path: RelativePath, bytes: [UInt8])], removing removed: [RelativePath] = []) throws {
        try repository.updateIndex(
            removed.map { .remove(path: $0.bytes) }
                + files.map { file in .set(path: file.path.bytes, mode: .file, id: try repository.writeBlob(file.bytes)) })
    }

    /// Stages files of the work tree as they lie there; one that is gone leaves the index.
    func stageFiles(_ paths: [RelativePath]) throws {
        guard !paths.isEmpty else { return }
        _ = try repository.process.succeed(["update-index", "--add", "--remove", "-z", "--stdin"], input: paths.flatMap { $0.bytes + [0] })
    }

    /// Takes paths out of the index.
    func unstage(_ paths: [RelativePath]) throws {
        guard !paths.isEmpty else { return }
        try repository.updateIndex(paths.map { .remove(path: $0.bytes) })
    }

    /// Throws `busy` if another Git process is writing the index.
    func requireFreeIndex() throws {
        guard try isIndexLocked() else { return }
        let lock = try indexLock()
        throw TenonError(
            .busy, "Git's index can't be written", cause: "its lock exists: another git process runs, or one was killed",
            hint: "wait for it; if none runs, remove '\(displayName(lock))'")
    }

    /// Whether Git is in the middle of something, so that pointers must not be written unasked. A bisection is no hindrance.
    func isGitBusy() throws -> Bool {
        try isIndexLocked() || repository.operationsInProgress().contains { $0 != .bisect }
    }

    private func indexLock() throws -> [UInt8] {
        try repository.gitPath("index") + Array(".lock".utf8)
    }

    private func isIndexLocked() throws -> Bool {
        var status = stat()
        return try indexLock().withCPath { lstat($0, &status) } == 0
    }

    // MARK: Commits

    /// Reads a commit's name as clients send it.
    func commitIdentifier(_ hex: String) throws -> GitObjectID {
        guard let id = GitObjectID(hex: hex) else {
            throw TenonError(
                .invalidArgument, "'\(displayName(hex.utf8))' is no commit", cause: "a request names commits by 40 or 64 hexadecimal digits")
        }
        return id
    }

    /// The commit that HEAD names; `nil` before the first one.
    func headCommit() throws -> GitObjectID? {
        try repository.head().commit
    }

    func commit(_ id: GitObjectID) throws -> CommitInfo {
        try repository.commit(id)
    }

    /// All pointers that `commit` binds.
    func pointers(in commit: GitObjectID) throws -> [RelativePath: BoundPointer] {
        var result: [RelativePath: BoundPointer] = [:]
        for entry in try repository.pointers(inCommit: commit) {
            if let artifact = entry.artifactPath, entry.mode.isFile { result[artifact] = BoundPointer(blob: entry.id) }
        }
        return result
    }

    /// The pointers of `commit` that lie in no tree of `seen`, which grows: over a history each tree is walked once.
    func forEachNewPointer(in commit: CommitInfo, seen: inout Set<GitObjectID>, _ body: (RelativePath, GitObjectID) throws -> Void) throws {
        try repository.forEachNewPointer(inTree: commit.tree, seen: &seen) { entry in
            if let artifact = entry.artifactPath, entry.mode.isFile { try body(artifact, entry.id) }
        }
    }

    /// The pointers that `commit` changed against its first parent, by artifact in byte order.
    func pointerChanges(in commit: CommitInfo) throws -> [(artifact: RelativePath, old: GitObjectID?, new: GitObjectID?)] {
        try repository.pointerChanges(in: commit)
            .compactMap { change in change.artifactPath.map { ($0, change.old?.id, change.new?.id) } }
            .sorted { $0.0 < $1.0 }
    }

    /// Whether a commit binds this content to `artifact`, among those that HEAD named lately and the stashes: then it can be asked for by them.
    func isBoundLately(_ pointer: Pointer, to artifact: RelativePath) throws -> Bool {
        let path = try artifact.pointerPath.bytes
        return try lateTrees().contains { tree in
            guard let entry = try repository.entry(at: path, inTree: tree), entry.mode.isFile else { return false }
            return (try? self.pointer(in: entry.id))?.sameContent(as: pointer) == true
        }
    }

    /// How far back `isBoundLately` looks. What is bound by older commits only counts as unbound, which costs a record and no more.
    private static let lateCommitCount = 50

    private func lateTrees() throws -> [GitObjectID] {
        if let knownLateTrees { return knownLateTrees }
        var commits = try [headCommit()].compactMap(\.self)
        for entry in try repository.reflog(of: "HEAD").prefix(WorkTree.lateCommitCount) { commits += [entry.new, entry.old].compactMap(\.self) }
        commits += try repository.stashes().prefix(WorkTree.lateCommitCount).compactMap(\.new)
        var seen: Set<GitObjectID> = []
        let trees = try commits.filter { seen.insert($0).inserted }.compactMap { try repository.commitIfPresent($0)?.tree }
        knownLateTrees = trees
        return trees
    }

    /// Every commit that can be reached from `starts`, newest first, until `body` says `false`.
    func forEachCommit(from starts: [GitObjectID], _ body: (CommitInfo) throws -> Bool) throws {
        var walk = try repository.history(from: starts)
        while let commit = try walk.next(), try body(commit) {}
    }

    /// The commits that refs name, and HEAD.
    func tips() throws -> [GitObjectID] {
        var tips = Set(try repository.references().compactMap(\.commit))
        if let head = try headCommit() { tips.insert(head) }
        return tips.sorted()
    }

    // MARK: Rules and configuration

    /// The rule by which Git ignores `path`; `nil` if it does not, or tracks it.
    func ignoreRule(for path: RelativePath) throws -> IgnoreCheck? {
        guard let check = try repository.ignoreChecks([path]).first, check.isIgnored else { return nil }
        return check
    }

    /// The filter that Git would send `path` through; `nil` if none.
    func filter(of path: RelativePath) throws -> String? {
        switch try repository.attributes(["filter"], of: [path]).first?["filter"] {
        case .value(let name): displayName(name)
        default: nil
        }
    }

    func configuration(_ key: String) throws -> String? {
        try repository.configuration(key)
    }

    /// Writes where the store is into the repository's own configuration, unless that names one.
    func setStore(_ home: String) throws {
        if try configuration("tenon.store") == nil { try repository.setConfiguration("tenon.store", to: home) }
    }

    /// Directories that no artifact may lie in or hold, with what they are.
    var foreignDirectories: [(path: [UInt8], what: String)] {
        [(repository.gitDirectory, "the Git directory"), (repository.commonDirectory, "the Git directory")]
    }
}
