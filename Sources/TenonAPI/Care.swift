/// `tenon verify`: proves that bytes are what pointers say.
package struct VerifyRequest: WorkTreeRequest {
    package static let verb = "verify"

    package enum Scope: String, Codable, Sendable {
        /// What the store holds for the commits.
        case stored
        /// What lies in the work tree, read again from disk.
        case workTree = "work_tree"
        /// What a remote holds for the commits.
        case remote
    }

    package var workTree: WorkTreeContext
    package var scope: Scope
    /// The commits to prove; ignored for the work tree.
    package var commits: [String]
    /// Every commit reachable from any ref, in place of `commits`.
    package var all: Bool
    /// For the scope `remote`: which one, and how.
    package var remote: RemoteProof?

    package init(workTree: WorkTreeContext, scope: Scope, commits: [String] = [], all: Bool = false, remote: RemoteProof? = nil) {
        self.workTree = workTree
        self.scope = scope
        self.commits = commits
        self.all = all
        self.remote = remote
    }

    package typealias Item = VerifyFinding

    package struct Reply: Codable, Sendable {
        package var commits: Int
        package var artifacts: Int
        package var files: UInt64
        package var bytes: UInt64
        package var findings: Int
        /// For the scope `remote`.
        package var remote: RemoteProof.Result?

        package init(commits: Int, artifacts: Int, files: UInt64, bytes: UInt64, findings: Int, remote: RemoteProof.Result? = nil) {
            self.commits = commits
            self.artifacts = artifacts
            self.files = files
            self.bytes = bytes
            self.findings = findings
            self.remote = remote
        }
    }
}

/// Something that is not as it should be.
package struct VerifyFinding: Codable, Sendable, Hashable {
    package enum Problem: String, Codable, Sendable {
        /// Bytes that nobody has.
        case missing
        /// Bytes that do not hash to their name.
        case damaged
        /// Bytes in the work tree that differ from the pointer.
        case differs
        /// A pointer that can't be read.
        case badPointer = "bad_pointer"
    }

    package var problem: Problem
    /// `nil` for what concerns a pack of the store, or an index of the remote, as a whole.
    package var artifact: WirePath?
    /// A commit that binds it.
    package var commit: String?
    /// The file inside a directory artifact.
    package var file: WirePath?
    /// The chunk, `sha256:…`, where one is known.
    package var chunk: String?
    /// The pack of a remote in which the chunk should be, 64 hexadecimal digits, where an index names one.
    package var pack: String?
    package var detail: String

    package init(
        problem: Problem, artifact: WirePath? = nil, commit: String? = nil, file: WirePath? = nil, chunk: String? = nil, pack: String? = nil,
        detail: String
    ) {
        self.problem = problem
        self.artifact = artifact
        self.commit = commit
        self.file = file
        self.chunk = chunk
        self.pack = pack
        self.detail = detail
    }
}

/// `tenon store`: sizes and ratios of the store.
package struct StoreRequest: Request {
    package static let verb = "store"
    package init() {}

    package struct Reply: Codable, Sendable {
        package var path: WirePath
        package var id: String
        package var packs: Int
        /// Bytes of all pack files.
        package var packBytes: UInt64
        /// Bytes of the chunks in them, before compression.
        package var rawBytes: UInt64
        package var chunks: UInt64
        package var snapshots: Int
        /// Bytes of all snapshots as tracked, each counted once.
        package var trackedBytes: UInt64
        package var damagedBlocks: Int
        package var repositories: [WirePath]

        package init(
            path: WirePath, id: String, packs: Int, packBytes: UInt64, rawBytes: UInt64, chunks: UInt64, snapshots: Int, trackedBytes: UInt64,
            damagedBlocks: Int, repositories: [WirePath]
        ) {
            self.path = path
            self.id = id
            self.packs = packs
            self.packBytes = packBytes
            self.rawBytes = rawBytes
            self.chunks = chunks
            self.snapshots = snapshots
            self.trackedBytes = trackedBytes
            self.damagedBlocks = damagedBlocks
            self.repositories = repositories
        }
    }
}

/// `tenon fsck`: checks the store, and rebuilds what packs can give back.
package struct FsckRequest: Request {
    package static let verb = "fsck"
    /// Decode and hash every chunk.
    package var read: Bool
    /// Throw catalog and index away and make them anew from packs.
    package var rebuild: Bool
    /// Heal the store from remotes, and remotes from the store; `nil`: only look.
    package var repair: FsckRepair?

    package init(read: Bool = false, rebuild: Bool = false, repair: FsckRepair? = nil) {
        self.read = read
        self.rebuild = rebuild
        self.repair = repair
    }

    package typealias Item = FsckFinding

    package struct Reply: Codable, Sendable {
        package var packs: Int
        package var blocks: UInt64
        package var chunks: UInt64
        package var snapshots: Int
        /// Things that were not as they should be, in the store and, if they were looked at, on remotes.
        package var findings: Int
        package var repair: FsckRepair.Result?

        package init(packs: Int, blocks: UInt64, chunks: UInt64, snapshots: Int, findings: Int, repair: FsckRepair.Result? = nil) {
            self.packs = packs
            self.blocks = blocks
            self.chunks = chunks
            self.snapshots = snapshots
            self.findings = findings
            self.repair = repair
        }
    }
}

package struct FsckFinding: Codable, Sendable, Hashable {
    /// What is wrong, or was healed: a pack, a block, a chunk, a snapshot.
    package var subject: String
    package var detail: String
    /// Whether it was healed; `nil`: this tells what is wrong.
    package var healed: Bool?

    package init(subject: String, detail: String, healed: Bool? = nil) {
        self.subject = subject
        self.detail = detail
        self.healed = healed
    }
}

/// What the daemon says of itself: `GET /v1/daemon`.
package struct DaemonInfo: Codable, Sendable, Hashable {
    package var version: String
    /// The oldest and newest API versions that it serves.
    package var apiMinimum: Int
    package var api: Int
    package var pid: Int32
    package var store: WirePath
    package var storeIdentifier: String
    /// Seconds since it started.
    package var uptime: Double
    package var residentBytes: UInt64
    package var log: WirePath
    /// Artifacts that are watched, and the directories that takes.
    package var watchedArtifacts: Int
    package var watchedDirectories: Int

    package init(
        version: String, apiMinimum: Int, api: Int, pid: Int32, store: WirePath, storeIdentifier: String, uptime: Double, residentBytes: UInt64,
        log: WirePath, watchedArtifacts: Int = 0, watchedDirectories: Int = 0
    ) {
        self.version = version
        self.apiMinimum = apiMinimum
        self.api = api
        self.pid = pid
        self.store = store
        self.storeIdentifier = storeIdentifier
        self.uptime = uptime
        self.residentBytes = residentBytes
        self.log = log
        self.watchedArtifacts = watchedArtifacts
        self.watchedDirectories = watchedDirectories
    }
}
