import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon trace`: the runs and content that some content comes from, or with `forward` that came of it, in all repositories of the store.
    package func trace(_ request: TraceRequest, _ reporter: Reporter<TraceRequest>) async throws -> TraceRequest.Reply {
        try await reading(request, reporter) { job in
            var walk = try TraceWalk(job: job, isForward: request.forward)
            return try walk.run(request)
        }
    }
}

/// One walk along records. Each content and run is visited once: records may be forged, and lead in circles.
private struct TraceWalk {
    let job: Job<TraceRequest>
    let isForward: Bool

    /// So many runs and so much content are told of at most.
    private static let maximumCount = 5000
    /// Paths of one content that are told of.
    private static let maximumPaths = 20

    private struct Key: Hashable {
        var kind: ArtifactKind
        var oid: OID
    }

    private var contents: [Key: TracedContent] = [:]
    private var order: [Key] = []
    private var runs: [RunID: RunSummary] = [:]
    private var runOrder: [RunID] = []
    /// With the time at which the content was read: what made it had ended by then.
    private var waiting: [(key: Key, readAt: UInt64)] = []
    private var isCut = false
    /// Made when the walk first comes to a file or directory that no record names as it is.
    private var places: RunPlaces?
    private var own: OwnRecords
    /// The runs that pointers name.
    private var named: [Key: RunID] = [:]
    /// The directories that were met.
    private var directories: [Key: Pointer] = [:]

    init(job: Job<TraceRequest>, isForward: Bool) throws {
        self.job = job
        self.isForward = isForward
        own = try OwnRecords(job.tree)
    }

    mutating func run(_ request: TraceRequest) throws -> TraceRequest.Reply {
        let subject: String
        if let id = request.oid.flatMap({ RunID(text: $0) }), job.store.hasRecord(id) {
            subject = id.description
            try visit(id)
        } else {
            let oid = try wanted(request)
            subject = oid.description
            try begin(oid, pointer: try namedPointer(request))
        }
        while let (key, readAt) = waiting.popLast() {
            try job.checkCancellation()
            try visit(key, readAt: readAt)
        }
        return TraceRequest.Reply(
            subject: subject, contents: order.compactMap { contents[$0] }, runs: runOrder.compactMap { runs[$0] }, isCut: isCut)
    }

    // MARK: The subject

    private func wanted(_ request: TraceRequest) throws -> OID {
        guard let wire = request.path else { return try job.content(oid: request.oid, file: request.file) }
        let path = try job.tree.artifactPath(wire)
        let lookup = try Lookup(job.tree, commit: request.commit)
        guard let found = lookup.artifact(around: path) else {
            if request.commit == nil, try job.tree.files.kind(of: path) != .absent { return try job.content(oid: nil, file: request.file) }
            throw lookup.notFound(path)
        }
        guard let entry = found.entry else { return found.pointer.oid }
        var oid: OID?
        try job.store.entries(of: found.pointer, under: entry) { candidate in
            if candidate.isFile, candidate.path.elementsEqual(entry.bytes) { oid = OID(candidate.oid) }
        }
        guard let oid else {
            throw TenonError(.notFound, "'\(path)' can't be traced", cause: "the artifact '\(found.path)' has no such file")
        }
        return oid
    }

    /// The pointer that a request by path means, if it means a whole artifact.
    private func namedPointer(_ request: TraceRequest) throws -> Pointer? {
        guard let wire = request.path else { return nil }
        let path = try job.tree.artifactPath(wire)
        return try Lookup(job.tree, commit: request.commit).pointers[path]
    }

    /// Begins with content: what commits and the work tree know of it, and the artifacts that it lies in.
    private mutating func begin(_ oid: OID, pointer: Pointer?) throws {
        var search = ContentSearch(job: job, oid: oid)
        try search.run()
        let kinds = try [ArtifactKind.file, .tree].filter { kind in
            if pointer?.kind == kind { return true }
            if try RecordLink.Role.allCases.contains(where: { !(try job.store.records(RecordLink(kind: kind, oid: oid, role: $0)).isEmpty) }) {
                return true
            }
            return try !job.store.snapshots(kind: kind, oid: oid).isEmpty
        }
        for kind in kinds.isEmpty ? [ArtifactKind.file] : kinds {
            let key = Key(kind: kind, oid: oid)
            if let pointer, pointer.kind == kind, kind == .tree { directories[key] = pointer }
            add(key, path: nil)
            for match in search.matches {
                note(key, path: match.entry.map { match.artifact.bytes + [UInt8(ascii: "/")] + $0.bytes } ?? match.artifact.bytes)
                for commit in match.commits where contents[key]?.commits.contains(commit) == false { contents[key]?.commits.append(commit) }
            }
            if let pointer, pointer.kind == kind { named[key] = pointer.run }
            if let run = pointer?.run, !job.store.hasRecord(run) {
                contents[key]?.detail = "its record \(run) is not in this store: 'tenon fetch' brings it from a remote that has it"
            }
        }
        // A file in a directory was made by what made the directory.
        for (enclosing, path) in try search.enclosing() where isForward || contents[Key(kind: .file, oid: oid)]?.madeBy.isEmpty != false {
            add(Key(kind: .tree, oid: enclosing), path: path)
        }
    }

    // MARK: The walk

    private mutating func add(_ key: Key, path: [UInt8]?, readAt: UInt64 = .max) {
        if contents[key] == nil {
            guard contents.count < TraceWalk.maximumCount else { return isCut = true }
            let isStored = (try? job.store.snapshots(kind: key.kind, oid: key.oid).isEmpty) == false
            contents[key] = TracedContent(oid: key.oid.description, kind: key.kind, stored: isStored)
            order.append(key)
            waiting.append((key, readAt))
        }
        if let path { note(key, path: path) }
    }

    private mutating func note(_ key: Key, path: [UInt8]) {
        let path = WirePath(bytes: path)
        guard let known = contents[key]?.paths, known.count < TraceWalk.maximumPaths, !known.contains(path) else { return }
        contents[key]?.paths.append(path)
    }

    private mutating func visit(_ key: Key, readAt: UInt64) throws {
        let made = try job.store.records(RecordLink(kind: key.kind, oid: key.oid, role: .subject), type: RunRecord.predicateType)
        let read = try job.store.records(RecordLink(kind: key.kind, oid: key.oid, role: .input), type: RunRecord.predicateType)
        let maker = try maker(of: key, among: made, by: readAt)
        contents[key]?.madeBy = (maker.map { [$0] } ?? []).map(\.description) + made.filter { $0 != maker }.map(\.description)
        contents[key]?.readBy = read.map(\.description)
        if isForward {
            let others = try readersOfFiles(key).filter { !read.contains($0) }
            contents[key]?.readBy += others.map(\.description)
            for id in read + others { try visit(id) }
        } else if let maker {
            // What made the bytes again adds nothing to where they come from; least of all what did so after they were read.
            try visit(maker, endedBy: readAt)
        } else if key.kind == .file {
            try addDirectory(around: key, readAt: readAt)
        }
    }

    /// Of the runs that made the same bytes, the one that the pointer names, else the first of this repository that had ended by then, else the first.
    private mutating func maker(of key: Key, among made: [RunID], by latest: UInt64) throws -> RunID? {
        if let run = named[key], made.contains(run) { return run }
        guard made.count > 1 else { return made.first }
        for id in made where try own.contains(id) {
            // They stand in the order of time.
            if let run = try? job.store.run(id), run.finished <= latest { return id }
            break
        }
        return made.first
    }

    private func paths(of key: Key) -> [RelativePath] { (contents[key]?.paths ?? []).compactMap { try? RelativePath(bytes: $0.bytes) } }

    private mutating func knownPlaces() throws -> RunPlaces {
        if let places { return places }
        let found = try RunPlaces(job.store, isForward: isForward)
        places = found
        return found
    }

    /// A file that no run made by itself comes from the run that made the directory in which it lay.
    private mutating func addDirectory(around key: Key, readAt: UInt64) throws {
        for path in paths(of: key) where path.parent != nil {
            guard let (directory, place) = try knownPlaces().directory(holding: key.oid, at: path, by: readAt) else { continue }
            let found = Key(kind: .tree, oid: directory.oid)
            directories[found] = directory
            contents[key]?.inside = directory.oid.description
            return add(found, path: place.bytes, readAt: readAt)
        }
    }

    /// Runs that read single files of a directory.
    private mutating func readersOfFiles(_ key: Key) throws -> [RunID] {
        guard key.kind == .tree, let directory = directories[key] else { return [] }
        let places = try knownPlaces()
        return try paths(of: key).flatMap { try places.readers(ofFilesIn: directory, at: $0) }
    }

    private mutating func visit(_ id: RunID, endedBy latest: UInt64 = .max) throws {
        guard runs[id] == nil else { return }
        guard runs.count < TraceWalk.maximumCount else { return isCut = true }
        let record: RunRecord
        do {
            guard let found = try job.store.run(id), found.finished <= latest else { return }
            record = found
        } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
            return job.reporter.warn("record \(id): \(error)")
        }
        runs[id] = RunSummary(id, record)
        runOrder.append(id)
        for content in record.outputs { note(Key(kind: content.pointer.kind, oid: content.pointer.oid), path: content.path) }
        for content in isForward ? record.outputs : record.definition.inputs {
            if content.pointer.kind == .tree { directories[Key(kind: .tree, oid: content.pointer.oid)] = content.pointer }
            add(Key(kind: content.pointer.kind, oid: content.pointer.oid), path: content.path, readAt: record.started)
        }
    }
}
