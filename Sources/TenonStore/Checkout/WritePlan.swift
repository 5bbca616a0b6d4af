import TenonCore
import TenonFormat

/// Where the bytes of files come from, in an order that decodes each block once.
struct WritePlan: Sendable {
    /// A chunk of a file.
    struct Piece: Sendable {
        let id: Digest
        let location: ObjectLocation
    }

    struct SmallFile: Sendable {
        let file: Int
        let pieces: Range<Int>
    }

    /// What one thread does at a time.
    enum Job: Sendable {
        case small(Range<Int>)
        /// The chunks that begin in this part of a large file.
        case large(file: Int, part: Range<UInt64>)
    }

    private(set) var pieces: [Piece] = []
    private(set) var smallFiles: [SmallFile] = []
    private(set) var jobs: [Job] = []
    /// For each large file the number of its jobs.
    private(set) var largeFiles: [Int: Int] = [:]

    /// Files above this are written in parts, by several threads.
    private static let smallFileLimit: UInt64 = 4 << 20
    private static let partLength: UInt64 = 8 << 20
    private static let runLength: UInt64 = 2 << 20
    private static let runCount = 256

    /// Looks up every chunk of `files`, which are places in `entries`. Throws `missingContent` that names the file if one is not stored, `corrupt` if
    /// its recipe makes another file.
    init(_ files: [Int], of entries: [ManifestEntry], store: Store, progress: ProgressSink) throws {
        let refused = try store.refusedRecipes(among: files.lazy.map { OID(entries[$0].oid) }, progress: progress)
        for file in files {
            let entry = entries[file]
            do {
                if let refusal = refused[OID(entry.oid)] { throw refusal }
                try progress.check()
                if entry.size > WritePlan.smallFileLimit {
                    try addLarge(file, entry, store, progress)
                } else {
                    try addSmall(file, entry, store)
                }
            } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                throw TenonError(
                    error.code, "the bytes of '\(displayName(entry.path))' can't be had", cause: error.description,
                    hint: "add the same bytes again, or fetch them from a remote")
            }
        }
        spreadLargeFiles()
        let pieces = pieces
        smallFiles.sort { WritePlan.order($0, pieces) < WritePlan.order($1, pieces) }
        makeRuns(entries)
    }

    private static func order(_ file: SmallFile, _ pieces: [Piece]) -> (UInt64, UInt32, Int) {
        guard let first = file.pieces.first else { return (0, 0, file.file) }
        let location = pieces[first].location
        return (location.address.packed, location.offset, file.file)
    }

    private mutating func addLarge(_ file: Int, _ entry: ManifestEntry, _ store: Store, _ progress: ProgressSink) throws {
        try WritePlan.forEachChunk(of: entry, store, onlyDistinct: true) { _, _ in try progress.check() }
        var offset: UInt64 = 0
        var count = 0
        while offset < entry.size {
            let end = min(entry.size, offset + WritePlan.partLength)
            jobs.append(.large(file: file, part: offset..<end))
            offset = end
            count += 1
        }
        largeFiles[file] = count
    }

    /// Orders the parts of large files so that neighbours in the list are of different files: threads that write one file wait for each other.
    private mutating func spreadLargeFiles() {
        var lists = [[Job]](repeating: [], count: ThreadTeam.preferredCount)
        let files = Dictionary(grouping: jobs) { job in
            if case .large(let file, _) = job { file } else { -1 }
        }
        for parts in files.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }).map(\.value) {
            let shortest = lists.indices.min { lists[$0].count < lists[$1].count } ?? 0
            lists[shortest] += parts
        }
        let longest = lists.map(\.count).max() ?? 0
        jobs = (0..<longest).flatMap { place in lists.compactMap { place < $0.count ? $0[place] : nil } }
    }

    private mutating func addSmall(_ file: Int, _ entry: ManifestEntry, _ store: Store) throws {
        let start = pieces.count
        if entry.size > 0 { try WritePlan.forEachChunk(of: entry, store) { pieces.append(Piece(id: $0, location: $1)) } }
        smallFiles.append(SmallFile(file: file, pieces: start..<pieces.count))
    }

    private mutating func makeRuns(_ entries: [ManifestEntry]) {
        var start = 0
        var bytes: UInt64 = 0
        for index in smallFiles.indices {
            bytes += entries[smallFiles[index].file].size
            if bytes >= WritePlan.runLength || index + 1 - start >= WritePlan.runCount {
                jobs.append(.small(start..<(index + 1)))
                start = index + 1
                bytes = 0
            }
        }
        if start < smallFiles.count { jobs.append(.small(start..<smallFiles.count)) }
    }

    /// Calls `body` with each chunk of a file and where it lies; checks that they add up to the file's size.
    ///
    /// - Parameter onlyDistinct: it is enough to name each once.
    private static func forEachChunk(
        of entry: ManifestEntry, _ store: Store, onlyDistinct: Bool = false, _ body: (Digest, ObjectLocation) throws -> Void
    ) throws {
        func take(_ id: Digest, length: UInt64) throws {
            let key = ObjectKey(type: .data, id: id)
            guard let location = store.location(of: key) else {
                throw TenonError(.missingContent, "the store does not have \(key.name)", cause: "no pack holds it")
            }
            guard UInt64(location.length) == length else {
                throw TenonError(.corrupt, "\(key.name) has another length than it should", cause: "\(location.length), not \(length) bytes")
            }
            try body(id, location)
        }
        guard let recipe = try store.recipe(of: OID(entry.oid), size: entry.size) else {
            return try take(entry.oid, length: entry.size)
        }
        if onlyDistinct { return try recipe.forEachDistinct { try take($0.id.digest, length: UInt64($0.length)) } }
        var cursor = try recipe.chunks()
        while let chunk = try cursor.next() { try take(chunk.id.digest, length: UInt64(chunk.length)) }
    }
}
