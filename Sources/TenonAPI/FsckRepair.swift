/// What `fsck` heals with: the remotes of a work tree, and the store for them.
package struct FsckRepair: Codable, Sendable, Hashable {
    /// Whose remotes are asked, the default first.
    package var workTree: WorkTreeContext
    /// Transfers at the same time; 0: as many as seem good.
    package var jobs: Int
    /// Variables of the person's environment by which remotes are reached.
    package var environment: [String: String]

    package init(workTree: WorkTreeContext, jobs: Int = 0, environment: [String: String] = [:]) {
        self.workTree = workTree
        self.jobs = jobs
        self.environment = environment
    }

    /// What was healed, and what was not.
    package struct Result: Codable, Sendable, Hashable {
        /// Snapshots that are whole again in the store.
        package var snapshots: Int
        package var remotes: [HealedRemote]
        /// Findings that stay as they are, in the store and on remotes.
        package var remaining: Int

        package init(snapshots: Int, remotes: [HealedRemote], remaining: Int) {
            self.snapshots = snapshots
            self.remotes = remotes
            self.remaining = remaining
        }
    }
}

/// What was healed on one remote.
package struct HealedRemote: Codable, Sendable, Hashable {
    package var name: String
    /// Objects that were missing or damaged and are there again, and what was sent for them.
    package var objects: Int
    package var bytes: UInt64
    /// Objects that are not here either, or could not be stored there again.
    package var lost: Int

    package init(name: String, objects: Int = 0, bytes: UInt64 = 0, lost: Int = 0) {
        self.name = name
        self.objects = objects
        self.bytes = bytes
        self.lost = lost
    }
}
