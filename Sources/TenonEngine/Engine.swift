import Logging
import Synchronization
import TenonAPI
import TenonCore
import TenonGit
import TenonStore

/// The verbs: one method for each request, and the only place that orders writes across store, Git and work tree.
///
/// A method may be called from any task. Its work runs on the engine's own threads; verbs that write a work tree take turns on it.
package final class Engine: Sendable {
    let store: Store
    let log: Logger
    /// Through what bases and marks are written; tests make it fail.
    let fileSystem: FileSystem
    let pool: WorkerPool
    let locks = WorkTreeLocks()
    /// Which artifacts were moved, and which of them the disk may not have yet.
    let moves = MoveCounts()
    let unsynced = UnsyncedMoves()
    /// Repositories that were entered in the store since the engine was made, by id and path.
    let registered = Mutex<Set<String>>([])
    /// What is known of Git trees, for all requests.
    let trees = TreeMemo()
    /// Of which commits' data the default remotes were seen to have.
    let unsentMemo = UnsentMemo()
    /// Pushes that were asked for after commits.
    let pushes = PushQueue()
    /// What clones are telling remotes that they need, by the ids of the statements.
    let statements = Mutex<Set<Digest>>([])
    /// Work trees whose artifacts are looked after in the background.
    let watched: WatchedTrees
    /// Held while a file that all work trees of a repository share (`info/exclude`, `info/attributes`) is edited.
    let sharedFiles = Mutex<Void>(())

    /// - Parameters:
    ///   - store: where bytes go; it must stay open as long as the engine lives.
    ///   - log: for what an operator should know.
    ///   - fileSystem: through what bases and marks are written.
    ///   - threads: how many requests may work at the same time.
    package init(store: Store, log: Logger, fileSystem: FileSystem = FileSystem(), threads: Int = 16) {
        self.store = store
        self.log = log
        self.fileSystem = fileSystem
        watched = WatchedTrees(directory: store.home, fileSystem: fileSystem, log: log)
        pool = WorkerPool(limit: threads)
    }

    /// Runs a verb that only reads the work tree.
    func reading<R: WorkTreeRequest, Value: Sendable>(
        _ request: R, _ reporter: Reporter<R>, _ body: @escaping @Sendable (Job<R>) throws -> Value
    ) async throws -> Value {
        try await work(reporter) { meter in
            try body(Job(engine: self, tree: try WorkTree(request.workTree, engine: self), reporter: reporter, meter: meter))
        }
    }

    /// Runs a verb that writes the work tree, its pointers or bases, alone among those that do.
    func writing<R: WorkTreeRequest, Value: Sendable>(
        _ request: R, _ reporter: Reporter<R>, _ body: @escaping @Sendable (Job<R>) throws -> Value
    ) async throws -> Value {
        try await locks.holding(WorkTree.lockName(request.workTree)) {
            try await self.reading(request, reporter, body)
        }
    }

    /// Runs `body` on a thread of the engine; sends its progress ten times a second, and stops it when the client goes away. Only what `rebuilds` the
    /// store runs beside a rebuild of it.
    func work<R: Request, Value: Sendable>(
        _ reporter: Reporter<R>, rebuilds: Bool = false, _ body: @escaping @Sendable (Meter) throws -> Value
    ) async throws -> Value {
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            try await rebuilds ? self.pool.run { try body(meter) } : self.blocking { try body(meter) }
        }
    }

    /// Runs `body`, which blocks, on a thread of the engine. Throws `busy` while the store is rebuilt.
    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.run { try self.store.reading(body) }
    }

    /// The same for work that finds its threads itself, and without a reporter.
    func observed<Value: Sendable>(
        _ meter: Meter, isCancelled: @escaping @Sendable () -> Bool, progress: @escaping @Sendable (Progress) -> Void,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                while true {
                    do {
                        try await Task.sleep(for: .milliseconds(100))
                    } catch {
                        // Either the work is done or the client went away; for finished work this changes nothing.
                        meter.cancel()
                        return nil
                    }
                    if isCancelled() { meter.cancel() }
                    if let now = meter.progress { progress(now) }
                }
            }
            group.addTask {
                do {
                    return try await body()
                } catch let error as TenonError {
                    throw error
                } catch {
                    throw TenonError(.internal, "the request could not be done", cause: "\(error)")
                }
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw TenonError(.cancelled, "the request was cancelled")
        }
    }
}
