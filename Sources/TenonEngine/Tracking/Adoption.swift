import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// What Git tracks at a path that `add --adopt` takes over: checked, so that every byte that only Git's index has stays somewhere.
struct Adoption<R: WorkTreeRequest> {
    private let job: Job<R>
    private let index: [IndexEntry]

    private var tree: WorkTree { job.tree }

    init(job: Job<R>) throws {
        self.job = job
        index = try job.tree.repository.indexEntries()
    }

    /// The paths at and below `path` that are to leave the index.
    func claim(_ path: RelativePath) throws -> [RelativePath] {
        let prefix = path.bytes + [UInt8(ascii: "/")]
        let entries = index.filter { $0.path == path.bytes || $0.path.starts(with: prefix) }
        for entry in entries {
            let name = displayName(entry.path)
            if entry.stage != 0 { throw refused(path, "'\(name)' is in conflict", hint: "resolve that first") }
            if entry.mode == .submodule {
                throw refused(path, "'\(name)' is a submodule", hint: "a submodule stays Git's; adopt what lies beside it")
            }
            if entry.isSkippedInWorkTree {
                throw refused(path, "sparse checkout leaves '\(name)' out, and the artifact would lack it", hint: "widen the sparse checkout")
            }
            try requireData(entry, of: path)
        }
        try requireKept(entries, of: path)
        return try entries.map { try RelativePath(bytes: $0.path) }
    }

    private func refused(_ path: RelativePath, _ cause: String, hint: String) -> TenonError {
        TenonError(.conflict, "'\(path)' can't be adopted", cause: cause, hint: hint)
    }

    /// A file that Git LFS has not brought holds a few lines that name the data, not the data.
    private func requireData(_ entry: IndexEntry, of path: RelativePath) throws {
        // The size is 0 where Git has not looked.
        guard entry.mode.isFile, entry.size < LFSPointer.maximumLength, let file = try? RelativePath(bytes: entry.path) else { return }
        guard let bytes = try? tree.files.read(file, limit: LFSPointer.maximumLength), LFSPointer(parsing: bytes) != nil else { return }
        throw refused(
            path, "'\(file)' holds a pointer of Git LFS, not its data", hint: "git lfs pull --include='\(path)' brings the data; then adopt again")
    }

    /// What is staged and in no commit must be what the work tree has, for only that is stored.
    private func requireKept(_ entries: [IndexEntry], of path: RelativePath) throws {
        let staged = try uncommitted(path)
        let candidates = entries.filter { staged?.contains($0.path) != false && !$0.isIntentToAdd }
        guard !candidates.isEmpty else { return }
        let files = try candidates.filter { try $0.mode.isFile && tree.files.kind(of: RelativePath(bytes: $0.path)) == .file }
        // The bytes as they are: what filters would make of them is not what is stored.
        let outcome = try tree.repository.process.succeed(
            ["hash-object", "--no-filters", "--stdin-paths"], input: files.flatMap { $0.path + [0x0A] })
        let ids = outcome.output.split(separator: 0x0A)
        var present: [[UInt8]: GitObjectID] = [:]
        for (entry, id) in zip(files, ids) { present[entry.path] = GitObjectID(hexBytes: id) }
        for entry in candidates where present[entry.path] != entry.id {
            if try isSameForLFS(entry) { continue }
            if entry.mode == .symlink, try isSameLink(entry) { continue }
            throw refused(
                path, "what is staged for '\(displayName(entry.path))' is in no commit, and the work tree has something else",
                hint: "commit it, or 'git add' the file as it is now; then adopt again")
        }
    }

    /// The paths whose staged content is not that of HEAD; `nil`: all, as there is no commit yet.
    private func uncommitted(_ path: RelativePath) throws -> Set<[UInt8]>? {
        guard try tree.headCommit() != nil else { return nil }
        let outcome = try tree.repository.process.succeed([
            "--literal-pathspecs", "diff-index", "--cached", "--name-only", "--no-renames", "-z", "HEAD", "--", GitArgument(bytes: path.bytes),
        ])
        return Set(outcome.output.split(separator: 0).map { Array($0) })
    }

    /// Git LFS names data by its SHA-256, as Tenon does.
    private func isSameForLFS(_ entry: IndexEntry) throws -> Bool {
        guard entry.mode.isFile, let bytes = try? tree.repository.blob(entry.id, limit: LFSPointer.maximumLength),
            let pointer = LFSPointer(parsing: bytes)
        else { return false }
        return try job.observe(try RelativePath(bytes: entry.path))?.oid.description == "sha256:\(pointer.oid)"
    }

    private func isSameLink(_ entry: IndexEntry) throws -> Bool {
        let target = try tree.repository.blob(entry.id, limit: 4096)
        let full = Array("\(tree.path)/".utf8) + entry.path
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = full.withCPath { readlink($0, &buffer, buffer.count) }
        return count >= 0 && buffer.prefix(count).elementsEqual(target.map { CChar(bitPattern: $0) })
    }
}
