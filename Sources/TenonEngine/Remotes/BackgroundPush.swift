import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Why the last push in the background failed, kept in the work tree's Git directory until one succeeds.
struct PushFailure: Codable, Equatable, Sendable {
    /// The commit that HEAD named.
    var head: String?
    /// Seconds since 1970.
    var time: Int64
    var error: TenonError

    private static let maximumLength = 64 << 10

    private static func path(_ tree: WorkTree) -> String { tree.bases.directory + "/push-failure" }

    /// `nil` if there is none, or none that can be read.
    static func load(_ tree: WorkTree) -> PushFailure? {
        guard let bytes = try? tree.engine.fileSystem.contents(of: path(tree), limit: maximumLength) else { return nil }
        return try? WireCoding.decode(PushFailure.self, from: bytes)
    }

    func save(_ tree: WorkTree) throws {
        try tree.engine.fileSystem.makeDirectory(tree.bases.directory)
        try tree.engine.fileSystem.replace(PushFailure.path(tree), with: WireCoding.encode(self))
    }

    static func remove(_ tree: WorkTree) throws { try tree.engine.fileSystem.remove(path(tree)) }
}

extension Engine {
    /// Whether a push in the background is under way or waits for its turn.
    package var isPushing: Bool { !pushes.isEmpty }

    /// After a commit: if the settings say so, its data is to go to the default remote once this has replied.
    func requestPush(_ request: PushRequest) async throws {
        let isWanted = try await blocking {
            let tree = try WorkTree(request.workTree, engine: self)
            guard try tree.settings().policy.push == .background else { return false }
            self.pushes.add(PushQueue.Item(workTree: request.workTree.lasting, repository: tree.commonDirectory, environment: request.environment))
            return true
        }
        if isWanted { log.debug("a push in the background was asked for", metadata: ["work tree": "\(request.workTree.topLevel)"]) }
    }

    /// Makes the pushes that were asked for, until the task is cancelled. What is under way then is stopped; what was sent is not sent again.
    package func pushInBackground() async {
        await withDiscardingTaskGroup { group in
            for await _ in pushes.arrivals {
                while let item = pushes.next() {
                    group.addTask {
                        await self.push(item)
                        self.pushes.finish(item)
                    }
                }
            }
        }
        for item in pushes.drain() { await note(Engine.stopped, of: item) }
    }

    private static let stopped = TenonError(.cancelled, "the push was not finished", cause: "the daemon was stopped")

    private func push(_ item: PushQueue.Item) async {
        let meter = Meter()
        do {
            try await observed(meter, isCancelled: { false }, progress: { _ in }) {
                let (remote, snapshots) = try await self.blocking {
                    let tree = try WorkTree(item.workTree, engine: self)
                    let remote = try tree.remote(nil, tree.settings())
                    let unsent = try self.unsent(tree, to: remote, isFresh: true).snapshots
                    return (remote, unsent.isEmpty ? [] : try tree.withLineage(unsent))
                }
                if !snapshots.isEmpty {
                    try await self.withRemotes([remote], environment: item.environment) { sessions in
                        for session in sessions {
                            _ = try await self.send(snapshots, of: item.workTree, to: session, meter, jobs: Engine.jobs(0), readsRefs: false)
                        }
                    }
                }
                try await self.blocking { try PushFailure.remove(WorkTree(item.workTree, engine: self)) }
            }
        } catch {
            await note(Task.isCancelled ? Engine.stopped : error, of: item)
        }
    }

    /// Leaves word of a failure where `status` finds it.
    private func note(_ error: any Error, of item: PushQueue.Item) async {
        let error = error as? TenonError ?? TenonError(.internal, "the data could not be pushed", cause: "\(error)")
        log.warning("a push in the background failed", metadata: ["work tree": "\(item.workTree.topLevel)", "reason": "\(error)"])
        do {
            // Not `blocking`: a rebuild of the store may be what has failed it.
            try await pool.run {
                let tree = try WorkTree(item.workTree, engine: self)
                try PushFailure(head: try tree.headCommit()?.hex, time: Int64(self.store.options.now() / 1000), error: error).save(tree)
            }
        } catch {
            log.warning("that could not be written down", metadata: ["reason": "\(error)"])
        }
    }
}
