import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// The files of one revision: those of the work tree, or of a commit, where an artifact's bytes are in the store.
struct RevisionFiles<R: WorkTreeRequest> {
    let job: Job<R>
    /// `nil`: the work tree.
    let commit: CommitInfo?
    /// The artifacts of the commit, looked up when a file is not in Git.
    private let artifacts: Artifacts

    /// Read once, by whoever asks first. Confined to the thread of one request.
    private final class Artifacts {
        var lookup: Lookup?
    }

    init(job: Job<R>, commit: CommitInfo?) {
        self.job = job
        self.commit = commit
        artifacts = Artifacts()
    }

    /// What tells whether a file is the same as at another revision.
    enum Identity: Hashable {
        case blob(GitObjectID)
        case artifact(OID)
    }

    /// A file that is there.
    struct Found {
        /// `nil`: it can be another the next time.
        var identity: Identity?
        fileprivate var size: UInt64 = 0
    }

    /// Finds the regular file at `path`; `nil` if none is there. Throws where something else is.
    func find(_ path: RelativePath) throws -> Found? {
        guard let commit else {
            switch try job.tree.files.kind(of: path) {
            case .file: return Found()
            case .absent: return nil
            default: throw TenonError(.invalidArgument, "'\(path)' can't be read for its values", cause: "it is no regular file")
            }
        }
        if let entry = try job.tree.repository.entry(at: path.bytes, inTree: commit.tree) {
            guard entry.mode.isFile else {
                throw TenonError(.invalidArgument, "'\(path)' can't be read for its values", cause: "it is no regular file in commit \(short)")
            }
            return Found(identity: .blob(entry.id))
        }
        guard let found = try lookup().artifact(around: path) else { return nil }
        guard let entry = found.entry else {
            guard found.pointer.kind == .file else {
                throw TenonError(.invalidArgument, "'\(path)' can't be read for its values", cause: "it is a directory in commit \(short)")
            }
            return Found(identity: .artifact(found.pointer.oid), size: found.pointer.size)
        }
        guard found.pointer.kind == .tree else { return nil }
        var match: Found?
        try job.store.entries(of: found.pointer, under: entry) { candidate in
            if candidate.isFile, candidate.path.elementsEqual(entry.bytes) {
                match = Found(identity: .artifact(OID(candidate.oid)), size: candidate.size)
            }
        }
        return match
    }

    /// The bytes of a file that was found. Throws `invalidArgument` if it has more than `limit`, `missingContent` if the store does not have them.
    func bytes(of found: Found, at path: RelativePath, limit: Int) throws -> [UInt8] {
        let what = "'\(path)' can't be read for its values"
        func tooLong() -> TenonError { TenonError(.invalidArgument, what, cause: "it has more than \(limit) bytes") }
        switch found.identity {
        case nil:
            do {
                guard let bytes = try job.tree.files.read(path, limit: limit) else { throw TenonError(.notFound, what, cause: "it is not there") }
                return bytes
            } catch let error as TenonError where error.code == .invalidArgument {
                throw tooLong()
            }
        case .blob(let id):
            if let size = try job.tree.repository.info(id)?.size, size > UInt64(limit) { throw tooLong() }
            return try job.tree.repository.blob(id, limit: limit)
        case .artifact(let oid):
            guard found.size <= UInt64(limit) else { throw tooLong() }
            var bytes: [UInt8] = []
            do {
                try job.store.withBytes(of: oid, size: found.size, range: 0..<found.size) { bytes += $0 }
            } catch let error as TenonError where error.code == .missingContent {
                throw TenonError(.missingContent, what, cause: "its bytes are not in the store", hint: "tenon fetch brings them from a remote")
            }
            return bytes
        }
    }

    /// The artifacts that the revision binds.
    func lookup() throws -> Lookup {
        if let known = artifacts.lookup { return known }
        let found = try Lookup(job.tree, commit: commit?.id.hex)
        artifacts.lookup = found
        return found
    }

    private var short: String { String((commit?.id.hex ?? "").prefix(12)) }
}
