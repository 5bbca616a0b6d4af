import TenonCore
import TenonFormat
import TenonGit

/// Finds the artifacts of a work tree: what the index names, what has a base, and what is asked for by name.
///
/// It walks neither the work tree nor a commit, so its cost is that of the index and of one small file for each artifact.
struct Survey {
    /// By path, in byte order.
    private(set) var records: [ArtifactRecord] = []
    private(set) var bases: BaseTable

    /// - Parameters:
    ///   - paths: only artifacts at, below or around these; none means all.
    ///   - named: artifacts too, if a pointer lies there that neither index nor bases know: an `add` that was cut short has left it.
    init(_ tree: WorkTree, paths: [RelativePath] = [], named: [RelativePath] = []) throws {
        bases = try tree.bases.load()
        for (path, base) in bases.bases where base.isMoving { try tree.doubtStatCache(of: path) }
        var found: [RelativePath: ArtifactRecord] = [:]
        func record(_ path: RelativePath) -> ArtifactRecord {
            found[path] ?? ArtifactRecord(path: path, base: bases[path])
        }
        for entry in try tree.indexPointers() where Survey.selects(entry.artifact, paths) {
            var known = record(entry.artifact)
            if entry.stage == 0 {
                known.staged = entry.blob
            } else {
                known.conflict[entry.stage] = entry.blob
            }
            found[entry.artifact] = known
        }
        for path in bases.bases.keys where found[path] == nil && Survey.selects(path, paths) {
            found[path] = record(path)
        }
        for path in paths where found[path] == nil {
            found[path] = record(path)
        }
        for (_, var known) in found {
            try Survey.readPointer(of: &known, in: tree)
            if known.isNamed || known.base != nil { records.append(known) }
        }
        for path in Set(named) where found[path] == nil {
            var known = ArtifactRecord(path: path)
            try Survey.readPointer(of: &known, in: tree)
            if case .present = known.pointerFile { records.append(known) }
        }
        records.sort { $0.path < $1.path }
        let named = Set(records.filter(\.isNamed).map(\.path))
        for index in records.indices where !records[index].isNamed {
            records[index].isEnclosed = Survey.ancestors(of: records[index].path).contains { named.contains($0) }
        }
    }

    private static func ancestors(of path: RelativePath) -> [RelativePath] {
        Array(sequence(first: path, next: \.parent).dropFirst())
    }

    /// The artifact at `path`.
    subscript(path: RelativePath) -> ArtifactRecord? {
        records.first { $0.path == path }
    }

    /// The artifact that `path` is, or lies in.
    func artifact(around path: RelativePath) -> ArtifactRecord? {
        records.first { path.isWithin($0.path) && $0.isNamed }
    }

    private static func selects(_ artifact: RelativePath, _ paths: [RelativePath]) -> Bool {
        paths.isEmpty || paths.contains { artifact.isWithin($0) || $0.isWithin(artifact) }
    }

    /// Where a file lies in place of a directory, nothing lies below it.
    private static func isAbsent(_ kind: WorkTreeFiles.Kind) -> Bool {
        switch kind {
        case .absent, .blocked(_, isSymlink: false): true
        default: false
        }
    }

    private static func readPointer(of record: inout ArtifactRecord, in tree: WorkTree) throws {
        let file = try record.path.pointerPath
        do {
            if let bytes = try tree.files.read(file, limit: Pointer.maximumLength) {
                record.pointerBytes = bytes
                record.pointerFile = .present(try Pointer(parsing: bytes))
            } else if try !isAbsent(tree.files.kind(of: file)) {
                record.pointerFile = .damaged(TenonError(.corrupt, "'\(file)' is not a pointer", cause: "it is not a regular file"))
            } else if let staged = record.staged {
                record.pointerFile = .hidden(try tree.pointer(in: staged))
            }
        } catch let error as TenonError {
            record.pointerFile = .damaged(error)
        }
    }
}
