import TenonCore

/// A place to push to and fetch from: a storage, and what makes its calls dependable.
///
/// Every call is made again after a passing failure (`RetryPolicy`), each attempt is watched for stalls, and an attempt whose answer was lost is
/// told from one that was not carried out by looking at what lies there. All errors are `TenonError`s, but for those of sinks and of cancelled tasks.
package struct Remote: Sendable {
    let storage: any RemoteStorage
    let policy: RetryPolicy

    package init(_ storage: any RemoteStorage, policy: RetryPolicy = RetryPolicy()) {
        self.storage = storage
        self.policy = policy
    }

    /// The place as a person wrote it, without secrets.
    package var location: String { storage.location }

    /// Makes the place itself where that is ours to do: a directory whose parent is there. A bucket must exist.
    package func prepare() async throws {
        try await attempts("prepare '\(location)'") { _, _ in try await storage.prepare() }
    }

    /// What there is under a name; `nil`: nothing.
    package func head(_ name: ObjectName) async throws -> ObjectEntry? {
        try await attempts("look for '\(name)'") { _, _ in try await storage.head(name) }
    }

    /// One page of the objects whose names begin with `prefix`, after `name`. See `objects(_:)`.
    package func page(_ prefix: ObjectPrefix, after name: ObjectName? = nil, limit: Int = 10_000) async throws -> ObjectPage {
        let page = try await attempts("list '\(prefix)'") { _, _ in try await storage.list(prefix, after: name, limit: limit) }
        try ListingCheck(prefix: prefix, after: name, limit: limit).check(page)
        return page
    }

    /// All objects whose names begin with `prefix`, in byte order of their names, page by page.
    package func objects(_ prefix: ObjectPrefix) -> ObjectListing {
        ObjectListing(remote: self, prefix: prefix)
    }

    /// Ends connections; safe to repeat.
    package func close() async {
        await storage.close()
    }

    /// Makes attempts until one succeeds. `body` gets the attempt's number, from 1, and notes in the activity that bytes move.
    func attempts<Value: Sendable>(
        _ action: String, _ body: @escaping @Sendable (Int, Activity) async throws -> Value
    ) async throws -> Value {
        var number = 0
        var fruitless = 0
        var lastLife = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            number += 1
            fruitless += 1
            let activity = Activity()
            let attempt = number
            do {
                return try await StallTimer(limit: policy.stall, action: action).run(activity) { try await body(attempt, activity) }
            } catch let failure as SinkFailure {
                throw failure.error
            } catch let failure as TransientFailure {
                try Task.checkCancellation()
                if activity.kept > 0 { fruitless = 1 }
                if activity.kept > 0 || failure.isAnswer { lastLife = .now }
                let isSilent = ContinuousClock.now - lastLife >= policy.patience && fruitless > 1
                guard fruitless < policy.attempts, !isSilent else { throw failure.error }
                var pause = policy.pause(beforeAttempt: fruitless + 1, asked: failure.delay)
                // The last attempt comes when patience ends, not later.
                if failure.delay == nil { pause = min(pause, max(.zero, policy.patience - (ContinuousClock.now - lastLife))) }
                try await Task.sleep(for: pause)
            }
        }
    }
}
