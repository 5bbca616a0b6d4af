import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

extension Engine {
    /// `tenon which`: the artifacts and commits that have these bytes.
    package func which(_ request: WhichRequest, _ reporter: Reporter<WhichRequest>) async throws -> WhichRequest.Reply {
        try await reading(request, reporter) { job in
            let oid = try self.wantedContent(request, job)
            var search = Search(job: job, oid: oid)
            try search.run()
            let isStored = try search.isStored || self.isStored(oid)
            return WhichRequest.Reply(oid: oid.description, stored: isStored, matches: search.matches)
        }
    }

    /// Whether the store has the content whatever names it now.
    private func isStored(_ oid: OID) throws -> Bool {
        try [ArtifactKind.file, .tree].contains { kind in try !store.snapshots(kind: kind, oid: oid).isEmpty }
    }

    private func wantedContent(_ request: WhichRequest, _ job: Job<WhichRequest>) throws -> OID {
        if let text = request.oid {
            guard let oid = OID(text: text) else {
                throw TenonError(
                    .invalidArgument, "'\(displayName(text.utf8))' can't be looked for", cause: "it is not sha256: and 64 hexadecimal digits")
            }
            return oid
        }
        guard let file = request.file, let path = String(validating: file.bytes, as: UTF8.self), path.hasPrefix("/"),
            let slash = path.utf8.lastIndex(of: 0x2F), let name = try? RelativePath(String(path[path.index(after: slash)...]))
        else {
            throw TenonError(.invalidArgument, "nothing to look for", cause: "neither an oid nor the absolute path of a file was given")
        }
        job.meter.begin(.reading, name.description)
        // Beneath the work tree the stat cache may know it already.
        let inTree = path.hasPrefix(job.tree.path + "/") ? try? RelativePath(String(path.dropFirst(job.tree.path.utf8.count + 1))) : nil
        let elsewhere = ArtifactPlace(workTreeRoot: slash == path.startIndex ? "/" : String(path[..<slash]), workTreeID: "elsewhere", path: name)
        switch try store.look(try inTree.map(job.tree.place) ?? elsewhere, progress: job.sink) {
        case .absent: throw TenonError(.notFound, "'\(file)' can't be looked for", cause: "it does not exist")
        case .present(let content): return content.oid
        }
    }
}

/// Goes through all history, each distinct pointer once.
private struct Search {
    let job: Job<WhichRequest>
    let oid: OID
    private(set) var isStored = false
    private var found: [Place: Found] = [:]
    private var order: [Place] = []
    /// The entries with these bytes, by manifest: the same one is in many commits.
    private var entries: [NodeID: [[UInt8]]] = [:]

    private struct Place: Hashable {
        var artifact: RelativePath
        var entry: [UInt8]?
    }

    private struct Found {
        var commits: [String]
        var run: String?
    }

    init(job: Job<WhichRequest>, oid: OID) {
        self.job = job
        self.oid = oid
    }

    var matches: [WhichRequest.Match] {
        order.map { place in
            WhichRequest.Match(
                artifact: WirePath(place.artifact), entry: place.entry.map { WirePath(bytes: $0) }, commits: found[place]?.commits ?? [],
                run: found[place]?.run)
        }
    }

    mutating func run() throws {
        var copy = self
        // The work tree's own pointers may be in no commit yet.
        for record in try Survey(job.tree).records {
            if let pointer = record.pointerFile.pointer { try copy.match(pointer, at: record.path, commit: nil) }
        }
        try job.tree.forEachCommit(from: try job.tree.tips()) { commit in
            try copy.job.checkCancellation()
            for (artifact, bound) in try copy.job.tree.pointers(in: commit.id).sorted(by: { $0.key < $1.key }) {
                guard let pointer = try? copy.job.tree.pointer(in: bound.blob) else { continue }
                try copy.match(pointer, at: artifact, commit: commit.id.hex)
            }
            return true
        }
        self = copy
    }

    private mutating func match(_ pointer: Pointer, at artifact: RelativePath, commit: String?) throws {
        if pointer.oid == oid { note(Place(artifact: artifact, entry: nil), pointer, commit) }
        guard let manifest = pointer.manifest else { return }
        if entries[manifest] == nil { entries[manifest] = inside(pointer) }
        for entry in entries[manifest] ?? [] { note(Place(artifact: artifact, entry: entry), pointer, commit) }
    }

    private func inside(_ pointer: Pointer) -> [[UInt8]] {
        guard job.store.isStored(pointer) else { return [] }
        var paths: [[UInt8]] = []
        do {
            try job.store.entries(of: pointer, under: nil) { entry in
                if entry.isFile && entry.oid == oid.digest { paths.append(Array(entry.path)) }
            }
        } catch {
            job.reporter.warn("the manifest of \(pointer.oid) can't be read: \(error)")
        }
        return paths
    }

    private mutating func note(_ place: Place, _ pointer: Pointer, _ commit: String?) {
        if found[place] == nil {
            found[place] = Found(commits: [], run: place.entry == nil ? pointer.run?.description : nil)
            order.append(place)
            isStored = isStored || job.store.isStored(pointer)
        }
        if let commit { found[place]?.commits.append(commit) }
    }
}
