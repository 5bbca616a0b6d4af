import Logging
import Synchronization
import TenonAPI
import TenonCore
import TenonStore

/// Looks after watched artifacts in the background: stores what has changed once it is quiet, lets pointers follow, and settles files so that
/// requests are answered from memory.
package final class PointerFollower: Sendable {
    private let engine: Engine
    private let watcher: Watcher
    private let quiet: Duration

    private struct State {
        /// What was last said of an artifact, so that the same is not said again and again.
        var complaints: [ArtifactPlace: String] = [:]
        /// Looks in a row that found an artifact not ready.
        var attempts: [ArtifactPlace: Int] = [:]
    }

    private let state = Mutex(State())

    /// An artifact rests so many times longer than the last look at it took: one that changes all the time is not read all the time.
    private static let restFactor = 8
    private static let longestRest = Duration.seconds(60)

    /// - Parameter quiet: how long nothing may happen in an artifact before it is looked at.
    ///
    /// `nil` if the engine's store does not watch.
    package init?(_ engine: Engine, quiet: Duration) {
        guard let watcher = engine.store.watcher else { return nil }
        self.engine = engine
        self.watcher = watcher
        self.quiet = quiet
    }

    /// Works until it is cancelled. The work trees that an earlier daemon has watched count as changed.
    package func run() async {
        for context in engine.watched.all { await takeUp(context) }
        while !Task.isCancelled {
            switch watcher.nextTask(quiet: quiet) {
            case .none: await watcher.waitForNews()
            case .later(let time): await wait(time)
            case .look(let place): await look(at: place)
            }
        }
    }

    /// Waits so long, or until there is news. What happens now is due after `quiet` at the earliest, so news need not be seen before.
    private func wait(_ time: Duration) async {
        try? await Task.sleep(for: min(time, quiet))
        if time > quiet { await watcher.waitForNews(atMost: time - quiet) }
    }

    private func takeUp(_ context: WorkTreeContext) async {
        do {
            for artifact in try await engine.artifacts(in: context) {
                let place = try await engine.pool.run { try WorkTree(context, engine: self.engine).place(artifact) }
                watcher.rest(place, for: .zero, again: true)
            }
        } catch {
            // It is gone, or another one lies there now; a request will name it if it comes back.
            forget(context, "\(error)")
        }
    }

    private func look(at place: ArtifactPlace) async {
        let meter = Meter()
        let start = ContinuousClock.now
        var outcome = Result<Following, any Error>.success(.done)
        await withTaskCancellationHandler {
            do {
                if let context = engine.watchedTree(of: place) { outcome = .success(try await engine.follow(place.path, in: context, meter)) }
                _ = try await engine.pool.run { try self.engine.store.settle(place, progress: meter.sink) }
            } catch {
                outcome = .failure(error)
            }
        } onCancel: {
            meter.cancel()
        }
        if Task.isCancelled { return }
        if case .failure = outcome, await forget(place) { return }
        rest(place, after: start.duration(to: .now), outcome)
    }

    /// Forgets an artifact whose work tree, or what else it was named from, is gone; returns whether it is.
    private func forget(_ place: ArtifactPlace) async -> Bool {
        let context = engine.watchedTree(of: place)
        guard (try? await engine.pool.run { try PointerFollower.isGone(place, context) }) == true else { return false }
        if let context { forget(context, "it is gone") }
        watcher.forget(place)
        state.withLock { state in
            state.complaints[place] = nil
            state.attempts[place] = nil
        }
        return true
    }

    private func forget(_ context: WorkTreeContext, _ reason: String) {
        engine.watched.forget(context)
        engine.log.info("a work tree is not watched any more", metadata: ["path": "\(context.topLevel)", "reason": "\(reason)"])
    }

    /// Whether nothing lies at the place's root, or another directory than the one that requests have named.
    private static func isGone(_ place: ArtifactPlace, _ context: WorkTreeContext?) throws -> Bool {
        do {
            let identity = try WorkTreeFiles(root: Array(place.workTreeRoot.utf8)).identity()
            return context.map { identity.device != $0.device || identity.inode != $0.inode } ?? false
        } catch let error as TenonError where error.code == .notFound {
            return true
        }
    }

    private func rest(_ place: ArtifactPlace, after time: Duration, _ outcome: Result<Following, any Error>) {
        let complaint: String? =
            switch outcome {
            case .success(.done), .success(.treeIsBusy): nil
            case .success(.beingWritten(let file)): "it is being written to: \(displayName(file))"
            case .failure(let error): "\(error)"
            }
        let isReady = if case .success(.done) = outcome { true } else { false }
        let (attempts, isNew) = state.withLock { state in
            let attempts = isReady ? 0 : (state.attempts[place] ?? 0) + 1
            state.attempts[place] = isReady ? nil : attempts
            defer { state.complaints[place] = complaint }
            return (attempts, complaint != nil && state.complaints[place] != complaint)
        }
        if isNew, let complaint {
            let metadata: Logger.Metadata = ["work tree": "\(place.workTreeRoot)", "artifact": "\(place.path)", "reason": "\(complaint)"]
            if case .failure = outcome {
                engine.log.warning("the pointer can't follow the data", metadata: metadata)
            } else {
                engine.log.info("the pointer waits", metadata: metadata)
            }
        }
        var pause = max(quiet, time * PointerFollower.restFactor)
        if !isReady { pause = max(pause, min(quiet * (1 << min(attempts, 16)), PointerFollower.longestRest)) }
        watcher.rest(place, for: pause, again: !isReady)
    }
}
