/// `tenon sweep --remote`: removes from a remote what nobody needs there any more, in two looks.
package struct SweepRequest: WorkTreeRequest {
    package static let verb = "sweep"
    package var workTree: WorkTreeContext
    /// Say what would be done, and write nothing.
    package var dryRun: Bool
    package var remote: RemoteSweepOptions

    package init(workTree: WorkTreeContext, dryRun: Bool = false, remote: RemoteSweepOptions) {
        self.workTree = workTree
        self.dryRun = dryRun
        self.remote = remote
    }

    package struct Reply: Codable, Sendable {
        package var remote: RemoteSweepResult
        package init(remote: RemoteSweepResult) { self.remote = remote }
    }
}

/// Which remote is swept, and how.
package struct RemoteSweepOptions: Codable, Sendable, Hashable {
    /// `nil`: the default.
    package var name: String?
    /// What was condemned may go after so many seconds.
    package var grace: UInt64
    /// Repositories whose say counts no more: ids, or what they begin with.
    package var forget: [String]
    /// Requests at the same time; 0: as many as seem good.
    package var jobs: Int
    /// Variables of the person's environment by which remotes are reached.
    package var environment: [String: String]

    package static let defaultGrace: UInt64 = 24 * 3600

    package init(
        name: String? = nil, grace: UInt64 = RemoteSweepOptions.defaultGrace, forget: [String] = [], jobs: Int = 0,
        environment: [String: String] = [:]
    ) {
        self.name = name
        self.grace = grace
        self.forget = forget
        self.jobs = jobs
        self.environment = environment
    }
}

/// What a sweep of a remote found and did, or would do.
package struct RemoteSweepResult: Codable, Sendable, Hashable {
    package var name: String
    /// Who has said what is needed there, the latest first.
    package var repositories: [SweptRepository]
    /// What is needed: snapshots, and the packs in which they lie, as a whole.
    package var needed: SweepCount
    /// What was condemned by an earlier sweep and is gone now.
    package var removed: SweepCount
    /// What is condemned from now on.
    package var condemned: SweepCount
    /// What was condemned before and still waits.
    package var waiting: SweepCount
    /// When the first of `waiting` may go, in seconds since 1970; `nil` where it waits for pushes only, or nothing does.
    package var due: Int64?
    /// Pushes that are under way.
    package var pushes: Int
    /// Packs that are mostly dead: what is needed of them was written into new ones, and they are among `condemned`.
    package var repacked: RepackCount
    /// Ids of packs that are needed and can't be read; they were left as they are.
    package var damaged: [String]

    package init(
        name: String, repositories: [SweptRepository], needed: SweepCount, removed: SweepCount, condemned: SweepCount, waiting: SweepCount,
        due: Int64? = nil, pushes: Int = 0, repacked: RepackCount = RepackCount(), damaged: [String] = []
    ) {
        self.name = name
        self.repositories = repositories
        self.needed = needed
        self.removed = removed
        self.condemned = condemned
        self.waiting = waiting
        self.due = due
        self.pushes = pushes
        self.repacked = repacked
        self.damaged = damaged
    }
}

/// Packs that are written anew without what nobody needs.
package struct RepackCount: Codable, Sendable, Hashable {
    package var packs: Int
    /// Of the packs that take their places.
    package var bytes: UInt64
    /// How many bytes less that is than the old ones have, which go with a later sweep.
    package var freed: UInt64

    package init(packs: Int = 0, bytes: UInt64 = 0, freed: UInt64 = 0) {
        self.packs = packs
        self.bytes = bytes
        self.freed = freed
    }
}

/// Some of what lies on a remote.
package struct SweepCount: Codable, Sendable, Hashable {
    package var snapshots: Int
    package var packs: Int
    /// Of the packs.
    package var bytes: UInt64

    package init(snapshots: Int = 0, packs: Int = 0, bytes: UInt64 = 0) {
        self.snapshots = snapshots
        self.packs = packs
        self.bytes = bytes
    }
}

/// A clone that has said what it needs on a remote.
package struct SweptRepository: Codable, Sendable, Hashable {
    package var id: String
    /// Its host and directory.
    package var writer: String
    package var snapshots: Int
    /// When it said so last, in seconds since 1970.
    package var time: Int64
    /// Whether it is the one that sweeps.
    package var isHere: Bool

    package init(id: String, writer: String, snapshots: Int, time: Int64, isHere: Bool) {
        self.id = id
        self.writer = writer
        self.snapshots = snapshots
        self.time = time
        self.isHere = isHere
    }
}
