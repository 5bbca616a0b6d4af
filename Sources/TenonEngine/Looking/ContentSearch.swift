import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// Goes through all history, each distinct pointer once.
struct ContentSearch<R: WorkTreeRequest> {
    let job: Job<R>
    let oid: OID
    private(set) var isStored = false
    private var found: [Place: Found] = [:]
    private var order: [Place] = []
    /// The entries with these bytes, by manifest: the same one is in many commits.
    private var entries: [NodeID: [[UInt8]]] = [:]
    /// By artifact, the directories in which the bytes are a file.
    private var trees: [RelativePath: [OID]] = [:]

    private struct Place: Hashable {
        var artifact: RelativePath
        var entry: [UInt8]?
    }

    private struct Found {
        var commits: [String]
        var run: String?
    }

    init(job: Job<R>, oid: OID) {
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

    /// The directories that were found to hold the file, with the paths of their artifacts.
    func enclosing() throws -> [(OID, [UInt8])] {
        order.filter { $0.entry != nil }.flatMap { place in (trees[place.artifact] ?? []).map { ($0, place.artifact.bytes) } }
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
        if entries[manifest] == nil { entries[manifest] = job.paths(of: oid, in: pointer) }
        if entries[manifest]?.isEmpty == false, trees[artifact]?.contains(pointer.oid) != true { trees[artifact, default: []].append(pointer.oid) }
        for entry in entries[manifest] ?? [] { note(Place(artifact: artifact, entry: entry), pointer, commit) }
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

extension Job {
    /// The paths inside a directory at which the file `oid` lies; none where its manifest is not here.
    func paths(of oid: OID, in pointer: Pointer) -> [[UInt8]] {
        guard store.isStored(pointer) else { return [] }
        var paths: [[UInt8]] = []
        do {
            try store.entries(of: pointer, under: nil) { entry in
                if entry.isFile && entry.oid == oid.digest { paths.append(Array(entry.path)) }
            }
        } catch {
            reporter.warn("the manifest of \(pointer.oid) can't be read: \(error)")
        }
        return paths
    }
}
