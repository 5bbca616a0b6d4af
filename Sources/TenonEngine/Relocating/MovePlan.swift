import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

/// What one `mv` will do, all of it checked before the first file is touched.
///
/// The same request after a crash finds what is done already, and plans the rest.
struct MovePlan {
    private let job: Job<MoveRequest>
    private let request: MoveRequest
    let survey: Survey
    private let index: [IndexEntry]
    private(set) var relocations: [Relocation] = []

    private var tree: WorkTree { job.tree }

    init(_ request: MoveRequest, job: Job<MoveRequest>) throws {
        self.job = job
        self.request = request
        survey = try Survey(job.tree)
        index = try job.tree.repository.indexEntries()
        guard !request.sources.isEmpty else { throw TenonError(.invalidArgument, "nothing to move", hint: "name artifacts, then where to") }
        let destination = request.destination.bytes.isEmpty ? nil : try tree.artifactPath(request.destination)
        for source in try request.sources.map(tree.artifactPath) {
            let relocation = try plan(source, destination)
            for other in relocations where other.from.isWithin(relocation.from) || relocation.from.isWithin(other.from) {
                throw refused(source, .invalidArgument, "'\(other.from)' is to be moved as well")
            }
            for other in relocations where other.to == relocation.to {
                throw refused(source, .conflict, "'\(other.from)' is to be moved to '\(other.to)' as well")
            }
            relocations.append(relocation)
        }
    }

    private func refused(_ source: RelativePath, _ code: TenonError.Code, _ cause: String, hint: String? = nil) -> TenonError {
        TenonError(code, "'\(source)' can't be moved", cause: cause, hint: hint)
    }

    private func plan(_ source: RelativePath, _ destination: RelativePath?) throws -> Relocation {
        if let record = survey[source], record.isNamed { return try plan(artifact: record, destination) }
        if let around = survey.artifact(around: source) {
            throw refused(
                source, .invalidArgument, "it lies inside the artifact '\(around.path)'",
                hint: "move it as any file; 'tenon add \(around.path)' takes the new state")
        }
        let records = survey.records.filter { $0.isNamed && $0.path.isWithin(source) }
        guard !records.isEmpty else {
            throw refused(source, .notFound, "it is no artifact, and none lies below it", hint: "git mv moves what Git tracks")
        }
        return try plan(directory: source, records, destination)
    }

    // MARK: Artifacts

    private func plan(artifact record: ArtifactRecord, _ destination: RelativePath?) throws -> Relocation {
        let target = try target(of: record.path, destination)
        let item = try item(record, to: target)
        if try !isBegun(record, item.pointer, at: target) {
            guard record.pointerBytes != nil else {
                throw refused(
                    record.path, .artifactState, "its pointer is not in the work tree",
                    hint: "git checkout -- \(record.path).tenon, or widen the sparse checkout")
            }
            try requireFree(target, from: record.path, leaving: [record.path])
            try check(target, from: record.path, leaving: [record.path]).requirePointer(for: target)
        }
        let old = try record.path.pointerPath.bytes
        let entry = index.first { $0.path == old && $0.stage == 0 && !$0.isIntentToAdd }
        let updates: [IndexUpdate] = try entry.map { [.remove(path: old), .set(path: try target.pointerPath.bytes, mode: $0.mode, id: $0.id)] } ?? []
        return Relocation(from: record.path, to: target, isDirectory: false, items: [item], indexUpdates: updates)
    }

    /// Whether an earlier `mv` from here to `target` was cut short: it has written the pointer there, and Git knows nothing of it.
    private func isBegun(_ record: ArtifactRecord, _ pointer: [UInt8], at target: RelativePath) throws -> Bool {
        let file = try target.pointerPath
        guard try tree.files.read(file, limit: Pointer.maximumLength) == pointer, try !tree.isInIndex(file) else { return false }
        let isEverywhere = try tree.files.kind(of: record.path) != .absent && tree.files.kind(of: target) != .absent
        return !isEverywhere
    }

    /// The artifact with its pointer and base for the new place, if its state lets it be moved.
    private func item(_ record: ArtifactRecord, to target: RelativePath) throws -> Relocation.Item {
        let restore = "tenon restore \(record.path)"
        if record.isConflicted {
            throw refused(record.path, .artifactState, "its pointer is in conflict", hint: "resolve that first: tenon restore --ours, or --theirs")
        }
        guard let pointer = record.pointerFile.pointer else {
            var cause = "it has no pointer"
            if case .damaged(let error) = record.pointerFile { cause = "its pointer can't be read: \(error.cause ?? error.message)" }
            throw refused(record.path, .artifactState, cause, hint: "git checkout -- \(record.path).tenon")
        }
        // With the pointer as it was, the data is clean, modified or missing, and each of them moves as it is.
        var base = record.base
        if !record.isPointerUnmoved {
            switch record.standing(data: try job.observe(record.path)).state {
            case .clean: base = .agreed(on: pointer, after: record.base, boot: tree.bases.boot)
            case .missing, .notFetched: break
            case .moving:
                throw refused(
                    record.path, .artifactState, "a checkout of it was cut short, and half of it is old", hint: "\(restore) finishes it")
            default:
                throw refused(
                    record.path, .artifactState, "Git moved its pointer, and the data is another",
                    hint: "\(restore) brings the data that belongs to the pointer")
            }
        }
        return Relocation.Item(record: record, to: target, pointer: record.pointerBytes ?? pointer.bytes, base: base)
    }

    // MARK: Directories

    private func plan(directory source: RelativePath, _ records: [ArtifactRecord], _ destination: RelativePath?) throws -> Relocation {
        let isGone = try tree.files.kind(of: source) == .absent
        let target: RelativePath
        if isGone, let destination, try areThere(records, from: source, to: destination) {
            target = destination
        } else {
            target = try self.target(of: source, destination)
            if try !(isGone && areThere(records, from: source, to: target)) { try requireDirectory(source, movesTo: target, records) }
        }
        let items = try records.map { try item($0, to: moved($0.path, from: source, to: target)) }
        let updates = try indexUpdates(directory: source, to: target)
        return Relocation(from: source, to: target, isDirectory: true, items: items, indexUpdates: updates)
    }

    private func requireDirectory(_ source: RelativePath, movesTo target: RelativePath, _ records: [ArtifactRecord]) throws {
        guard try tree.files.kind(of: source) == .directory else { throw refused(source, .notFound, "it is not a directory in the work tree") }
        let leaving = Set(records.map(\.path))
        try requireFree(target, from: source, leaving: leaving)
        for record in records {
            let to = try moved(record.path, from: source, to: target)
            try check(to, from: record.path, leaving: leaving).requirePointer(for: to)
        }
    }

    /// Whether the pointers of these artifacts lie below `target` already, as after a rename that was all that got done.
    private func areThere(_ records: [ArtifactRecord], from source: RelativePath, to target: RelativePath) throws -> Bool {
        try records.allSatisfy { record in
            guard let pointer = record.pointerFile.pointer else { return false }
            let file = try moved(record.path, from: source, to: target).pointerPath
            guard let bytes = try tree.files.read(file, limit: Pointer.maximumLength), let other = try? Pointer(parsing: bytes) else { return false }
            return try other.sameContent(as: pointer) && !tree.isInIndex(file)
        }
    }

    /// What the index is to say of everything below `source`. Throws for what only `git mv` moves as it should be.
    private func indexUpdates(directory source: RelativePath, to target: RelativePath) throws -> [IndexUpdate] {
        let prefix = source.bytes + [UInt8(ascii: "/")]
        var updates: [IndexUpdate] = []
        for entry in index where entry.path.starts(with: prefix) {
            let name = displayName(entry.path)
            guard entry.stage == 0 else { throw refused(source, .artifactState, "'\(name)' is in conflict", hint: "resolve that first") }
            if entry.mode == .submodule {
                throw refused(source, .invalidArgument, "'\(name)' is a submodule", hint: "use 'git mv', which knows how; the data goes along")
            }
            if entry.isSkippedInWorkTree || entry.isIntentToAdd {
                throw refused(
                    source, .invalidArgument,
                    entry.isIntentToAdd ? "'\(name)' is only announced (git add -N)" : "sparse checkout leaves '\(name)' out",
                    hint: "use 'git mv', which knows how; the data goes along")
            }
            updates.append(.remove(path: entry.path))
            updates.append(.set(path: target.bytes + entry.path[source.bytes.count...], mode: entry.mode, id: entry.id))
        }
        return updates
    }

    private func moved(_ path: RelativePath, from source: RelativePath, to target: RelativePath) throws -> RelativePath {
        try RelativePath(bytes: target.bytes + path.bytes[source.bytes.count...])
    }

    // MARK: Where to

    /// Where `source` comes to lie: in the destination if that is a directory of the person's, as with `mv`, else there.
    private func target(of source: RelativePath, _ destination: RelativePath?) throws -> RelativePath {
        guard let destination else { return try RelativePath(bytes: Array(source.lastComponent)) }
        let isDirectory = try tree.files.kind(of: destination) == .directory && survey[destination]?.isNamed != true
        if isDirectory { return try destination.appending(Array(source.lastComponent)) }
        if request.intoDirectory || request.sources.count > 1 {
            let cause = survey[destination]?.isNamed == true ? "'\(destination)' is an artifact" : "'\(destination)' is not a directory"
            throw refused(source, .invalidArgument, cause)
        }
        return destination
    }

    private func check(_ target: RelativePath, from source: RelativePath, leaving: Set<RelativePath>) -> PathCheck {
        PathCheck(
            tree: tree, store: job.store, survey: survey, leaving: leaving, failure: { _ in "'\(source)' can't be moved to '\(target)'" })
    }

    private func requireFree(_ target: RelativePath, from source: RelativePath, leaving: Set<RelativePath>) throws {
        if target.isWithin(source) {
            throw refused(source, .invalidArgument, target == source ? "it lies there already" : "'\(target)' lies inside it")
        }
        try check(target, from: source, leaving: leaving).requireFree(target)
    }
}
