import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// Where `restore` takes its pointers from: a commit, HEAD, or a side of a conflict.
struct Source {
    let tree: WorkTree
    let side: RestoreRequest.Side?
    /// Whether HEAD was meant, because nothing else was named.
    let takesHead: Bool
    /// What the commit binds, by artifact.
    let bound: [RelativePath: BoundPointer]
    private let name: String

    init(tree: WorkTree, commit: String?, side: RestoreRequest.Side?) throws {
        self.tree = tree
        self.side = side
        takesHead = commit == nil && side == nil
        if side != nil {
            bound = [:]
            name = "the index"
        } else if let commit {
            let id = try tree.commitIdentifier(commit)
            bound = try tree.pointers(in: id)
            name = "commit \(id.hex.prefix(12))"
        } else {
            bound = try tree.headCommit().map { try tree.pointers(in: $0) } ?? [:]
            name = "HEAD"
        }
    }

    /// All artifacts that the source knows; for HEAD, those that were added since as well.
    func artifacts(_ survey: Survey) -> [RelativePath] {
        if side != nil { return survey.records.filter(\.isConflicted).map(\.path) }
        var paths = Set(bound.keys)
        if takesHead { paths.formUnion(survey.records.filter { $0.staged != nil }.map(\.path)) }
        return paths.sorted()
    }

    /// What `path` selects: an artifact, all below a directory, or an entry inside an artifact.
    func select(_ path: RelativePath, _ survey: Survey) throws -> (artifacts: [RelativePath], entry: (RelativePath, RelativePath)?) {
        let known = Set(artifacts(survey)).union(survey.records.filter(\.isNamed).map(\.path))
        if known.contains(path) { return ([path], nil) }
        var ancestor = path.parent
        while let candidate = ancestor {
            if known.contains(candidate), let inner = path.relative(to: candidate) { return ([], (candidate, inner)) }
            ancestor = candidate.parent
        }
        let below = artifacts(survey).filter { $0.isWithin(path) }
        guard !below.isEmpty else {
            throw TenonError(.notFound, "'\(path)' can't be restored", cause: "\(name) has no artifact there", hint: "tenon show lists what it has")
        }
        return (below, nil)
    }

    /// Throws `notFound` for an entry that the artifact does not have in `pointer`, unless something `lies` there: to restore that is to remove it.
    func require(
        _ entries: [RelativePath], of artifact: RelativePath, in pointer: Pointer, _ store: Store, unless lies: (RelativePath) throws -> Bool
    ) throws {
        for entry in entries {
            var isThere = false
            try store.entries(of: pointer, under: entry) { _ in isThere = true }
            let path = try RelativePath(bytes: artifact.bytes + [UInt8(ascii: "/")] + entry.bytes)
            guard try !isThere && !lies(path) else { continue }
            throw TenonError(
                .notFound, "'\(path)' can't be restored", cause: "the artifact '\(artifact)' has no such entry",
                hint: "tenon ls \(artifact) lists what there is")
        }
    }

    /// The pointer that `record` is brought to.
    ///
    /// If nothing was named and Git has moved the pointer (`state` is behind, diverged or moving), that is the work tree's: the move is what has
    /// to be finished. So it is where the data is missing, for it is what the pointer names that is missed. Else it is HEAD's, or for an artifact that
    /// HEAD lacks the staged one.
    func pointer(for record: ArtifactRecord, state: ArtifactState?) throws -> Pointer {
        if let side {
            let stage = side == .ours ? 2 : 3
            guard record.isConflicted else {
                throw TenonError(.artifactState, "'\(record.path)' can't be restored from one side", cause: "it is not in conflict")
            }
            guard let blob = record.conflict[stage] else {
                throw TenonError(
                    .notFound, "'\(record.path)' can't be restored", cause: "\(side == .ours ? "our" : "their") side has removed it",
                    hint: "tenon rm or 'git rm' accepts that; the other side has it")
            }
            return try tree.pointer(in: blob)
        }
        if takesHead {
            if record.isConflicted {
                throw TenonError(
                    .artifactState, "'\(record.path)' can't be restored", cause: "its pointer is in conflict",
                    hint: "choose a side: tenon restore --ours \(record.path), or --theirs")
            }
            switch state {
            case .behind, .diverged, .moving, .missing, .notFetched:
                if let pointer = record.pointerFile.pointer { return pointer }
            default: break
            }
        }
        if let bound = bound[record.path] { return try tree.pointer(in: bound.blob) }
        if takesHead, let staged = record.staged { return try tree.pointer(in: staged) }
        throw TenonError(.notFound, "'\(record.path)' can't be restored", cause: "\(name) does not have it", hint: "tenon show lists what it has")
    }
}
