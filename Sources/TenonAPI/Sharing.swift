/// A remote as this clone knows it.
package struct RemoteSummary: Codable, Sendable, Hashable {
    package var name: String
    package var url: String
    /// Of an S3-compatible store.
    package var endpoint: String?
    package var region: String?
    /// The remote's name for itself; `nil` for one that was only proposed.
    package var id: String?
    /// Whether it is meant where none is named.
    package var isDefault: Bool
    /// Whether the user has agreed to it; else `tenon.yaml` only proposes it.
    package var trusted: Bool
    /// What its storage was seen to do: of `writes`, `create-only`, `compare-and-swap`, `conditional-delete`, or `none`; `nil`: it was not tried.
    package var capabilities: [String]?

    package init(
        name: String, url: String, endpoint: String? = nil, region: String? = nil, id: String? = nil, isDefault: Bool, trusted: Bool,
        capabilities: [String]? = nil
    ) {
        self.name = name
        self.url = url
        self.endpoint = endpoint
        self.region = region
        self.id = id
        self.isDefault = isDefault
        self.trusted = trusted
        self.capabilities = capabilities
    }
}

/// `tenon remote`: lists, adds, trusts, removes remotes, or says which one is the default.
package struct RemoteRequest: WorkTreeRequest {
    package static let verb = "remote"

    package enum Action: String, Codable, Sendable {
        case list
        /// Looks at the place, makes it a remote if it is none, and notes it under a name.
        case add
        /// The same for what `tenon.yaml` proposes under the name.
        case trust
        case remove
        case makeDefault = "default"
        /// Tries again what the storage can do, and records it.
        case probe
    }

    package var workTree: WorkTreeContext
    package var action: Action
    /// For all actions but `list`; `probe` without it is of the default.
    package var name: String?
    /// For `add`.
    package var url: String?
    package var endpoint: String?
    package var region: String?
    /// Variables of the person's environment by which remotes are reached: credentials, agents, proxies.
    package var environment: [String: String]

    package init(
        workTree: WorkTreeContext, action: Action, name: String? = nil, url: String? = nil, endpoint: String? = nil, region: String? = nil,
        environment: [String: String] = [:]
    ) {
        self.workTree = workTree
        self.action = action
        self.name = name
        self.url = url
        self.endpoint = endpoint
        self.region = region
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        /// All remotes after the action, by name.
        package var remotes: [RemoteSummary]
        /// Whether `add` or `trust` found a remote of Tenon's there already.
        package var existed: Bool

        package init(remotes: [RemoteSummary], existed: Bool = false) {
            self.remotes = remotes
            self.existed = existed
        }
    }
}

/// `tenon push`: brings the data of commits to remotes.
package struct PushRequest: WorkTreeRequest {
    package static let verb = "push"
    package var workTree: WorkTreeContext
    /// Names of remotes; none means the default.
    package var remotes: [String]
    /// To every remote.
    package var allRemotes: Bool
    /// 40 or 64 hexadecimal digits each: these commits with all their ancestors. None means HEAD.
    package var commits: [String]
    /// Every commit that a ref reaches.
    package var all: Bool
    /// Transfers at the same time; 0: as many as seem good.
    package var jobs: Int
    package var dryRun: Bool
    package var environment: [String: String]
    /// A commit was made: where `policy.push` is `background`, what HEAD's history binds goes to the default remote after the reply. Missing: no.
    package var background: Bool?

    package init(
        workTree: WorkTreeContext, remotes: [String] = [], allRemotes: Bool = false, commits: [String] = [], all: Bool = false, jobs: Int = 0,
        dryRun: Bool = false, environment: [String: String] = [:], background: Bool? = nil
    ) {
        self.background = background
        self.workTree = workTree
        self.remotes = remotes
        self.allRemotes = allRemotes
        self.commits = commits
        self.all = all
        self.jobs = jobs
        self.dryRun = dryRun
        self.environment = environment
    }

    package var outlivesClient: Bool { background == true }

    package struct Reply: Codable, Sendable {
        package var remotes: [PushedRemote]
        package init(remotes: [PushedRemote]) { self.remotes = remotes }
    }
}

/// What was sent to one remote, or would be.
package struct PushedRemote: Codable, Sendable, Hashable {
    package var name: String
    /// Snapshots that the commits need, and how many of them the remote lacked.
    package var snapshots: Int
    package var newSnapshots: Int
    package var packs: Int
    package var bytes: UInt64

    package init(name: String, snapshots: Int, newSnapshots: Int, packs: Int, bytes: UInt64) {
        self.name = name
        self.snapshots = snapshots
        self.newSnapshots = newSnapshots
        self.packs = packs
        self.bytes = bytes
    }
}

/// `tenon fetch`: brings the data of commits into the store.
package struct FetchRequest: WorkTreeRequest {
    package static let verb = "fetch"
    package var workTree: WorkTreeContext
    /// `nil`: the default, then the others.
    package var remote: String?
    /// 40 or 64 hexadecimal digits each: what these commits bind, without their ancestors. None means what the work tree's pointers name.
    package var commits: [String]
    /// Every commit that a ref reaches.
    package var all: Bool
    /// Only artifacts at, below or around these; for entries inside an artifact, only what they need.
    package var paths: [WirePath]
    package var jobs: Int
    package var dryRun: Bool
    package var environment: [String: String]
    /// Nobody has asked for artifacts whose data was left out: in a partial clone, only those that have data here. Missing: no.
    package var unasked: Bool?

    package init(
        workTree: WorkTreeContext, remote: String? = nil, commits: [String] = [], all: Bool = false, paths: [WirePath] = [], jobs: Int = 0,
        dryRun: Bool = false, environment: [String: String] = [:], unasked: Bool? = nil
    ) {
        self.unasked = unasked
        self.workTree = workTree
        self.remote = remote
        self.commits = commits
        self.all = all
        self.paths = paths
        self.jobs = jobs
        self.dryRun = dryRun
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        /// Snapshots that were asked for, and how many of them were fetched: the others were here.
        package var snapshots: Int
        package var fetched: Int
        /// Bytes that came, or in a dry run would come.
        package var bytes: UInt64
        /// Artifacts whose bytes could not be had.
        package var failed: [FailedArtifact]

        package init(snapshots: Int, fetched: Int, bytes: UInt64, failed: [FailedArtifact]) {
            self.snapshots = snapshots
            self.fetched = fetched
            self.bytes = bytes
            self.failed = failed
        }
    }
}
