import Glibc
import Logging
import Synchronization
import TenonCore

/// Watches artifacts by inotify, and keeps what looks at them have found for as long as it holds.
///
/// Events are queued by the kernel before the call that caused them returns. So who has emptied the queue has seen all that happened before; a
/// look does that itself. A thread does it for the rest of the time, so that the queue does not run over.
package final class Watcher: Sendable {
    private struct State {
        var table = WatchTable()
        /// Made when the first artifact is watched; `nil` before, and if it can't be had.
        var inotify: Inotify?
        var mounts: MountTable?
        var failure: String?
        var isStopped = false
        /// One end of a pair of sockets; closing it ends the thread.
        var wakeup: Int32 = -1
    }

    private let state = Mutex(State())
    private let log: Logger
    /// Directories that are watched at most: our share of what the user may have.
    private let watchLimit: Int
    /// Entries that are kept in memory at most.
    private let entryLimit: Int
    private let buffer = Buffer()
    private let news: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    /// Filled from the queue; used only under the lock.
    private final class Buffer: @unchecked Sendable {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        deinit { bytes.deallocate() }
    }

    /// Bytes that one entry takes in memory, with its name.
    private static let entryCost = 160
    /// After what time something is tried again that could not be watched.
    private static let patience = Duration.seconds(60)

    /// - Parameters:
    ///   - memory: bytes that may be spent on what is remembered.
    ///   - watchLimit: directories that are watched at most; `nil`: half of what the user may have, so that editors have theirs.
    init(memory: Int, watchLimit: Int?, log: Logger) {
        self.log = log
        self.watchLimit = watchLimit ?? (Inotify.userLimit ?? 8192) / 2
        entryLimit = memory / Watcher.entryCost
        (news, tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Ends the thread; nothing is watched from then on.
    func stop() {
        tell.finish()
        state.withLock { state in
            state.isStopped = true
            state.inotify = nil
            if state.wakeup >= 0 { close(state.wakeup) }
            state.wakeup = -1
        }
    }

    // MARK: Looks

    /// Begins a look at `place`; `nil` if another look has it, or it is not watched: then it is walked.
    func begin(_ place: ArtifactPlace) -> WatchHold? {
        state.withLock { state in
            guard start(&state) else { return nil }
            let number = state.table.number(of: place)
            let held: (Int, WatchMemory?)? =
                state.table.update(number) { artifact in
                    if artifact.isHeld { return nil }
                    if let refusal = artifact.refusal, !refusal.why.mayPass || refusal.until > .now { return nil }
                    artifact.isHeld = true
                    return (artifact.losses, artifact.memory.take())
                } ?? nil
            guard let (losses, memory) = held else { return nil }
            return WatchHold(watcher: self, number: number, losses: losses, memory: memory)
        }
    }

    /// What a look leaves.
    struct Return {
        var memory: WatchMemory?
        var refusal: WatchRefusal?
        var isAbsent: Bool
        var isSettled: Bool
    }

    func giveBack(_ number: Int, losses: Int, _ left: Return) {
        state.withLock { state in
            var refusal = left.refusal
            let count = left.memory?.entryCount ?? 0
            if count > 0, state.table.entryCount + count > entryLimit { refusal = .tooLarge }
            let isKept = state.table.update(number) { artifact in
                artifact.isHeld = false
                artifact.refusal = refusal.map { ($0, .now + Watcher.patience) }
                guard refusal == nil, artifact.losses == losses else { return false }
                if left.isSettled { artifact.isWaiting = !artifact.touches.isEmpty }
                guard let memory = left.memory else { return left.isAbsent }
                artifact.memory = memory
                if !left.isSettled, !memory.restless.isEmpty || memory.walked + Store.memoryLifetime < .now {
                    artifact.isWaiting = true
                    artifact.lastActivity = artifact.lastActivity ?? .now
                }
                return true
            }
            if isKept != true { remove(state.table.reset(number), &state) }
        }
        tell.yield()
    }

    struct AttachFailure: Error {
        var refusal: WatchRefusal
    }

    func attach(_ handle: DirectoryHandle, _ subscription: WatchTable.Subscription) -> Result<Int32, AttachFailure> {
        // Under the lock, so that no event is taken from the queue before its watch is known.
        state.withLock { state in
            guard let inotify = state.inotify else { return .failure(AttachFailure(refusal: .off)) }
            switch inotify.add(handle) {
            case .failure(let failure):
                let isLimit = failure.number == ENOSPC || failure.number == ENOMEM
                return .failure(AttachFailure(refusal: isLimit ? .watchLimit : .unavailable(systemMessage(failure.number))))
            case .success(let watch):
                if state.table.has(watch, for: subscription.artifact) { return .failure(AttachFailure(refusal: .directoryTwice)) }
                if !state.table.isKnown(watch), state.table.watchCount >= watchLimit {
                    inotify.remove(watch)
                    return .failure(AttachFailure(refusal: .watchLimit))
                }
                state.table.subscribe(watch, subscription)
                return .success(watch)
            }
        }
    }

    func detach(_ watches: [Int32], of number: Int) {
        state.withLock { remove($0.table.unsubscribe(watches, of: number), &$0) }
    }

    func reset(_ number: Int) {
        state.withLock { remove($0.table.reset(number), &$0) }
    }

    private func remove(_ watches: [Int32], _ state: inout State) {
        for watch in watches { state.inotify?.remove(watch) }
    }

    func openings(of number: Int) -> Int {
        state.withLock { $0.table.artifacts[number]?.openings ?? 0 }
    }

    func takeTouches(_ number: Int, losses: Int, openedAfter openings: Int) -> Touches? {
        state.withLock { state in
            drain(&state)
            return state.table.update(number) { artifact in
                guard artifact.losses == losses, artifact.openings > openings else { return nil }
                defer { artifact.touches = Touches() }
                return artifact.touches
            } ?? nil
        }
    }

    func areOwnProbes(_ entries: [(watch: Int32, name: [UInt8])], of number: Int, losses: Int) -> [Bool] {
        state.withLock { state in
            drain(&state)
            return state.table.update(number) { artifact in
                entries.map { artifact.losses == losses && artifact.touches.remove(.ownProbe, $0.watch, $0.name) }
            } ?? entries.map { _ in false }
        }
    }

    // MARK: The background

    /// What to do in the background.
    package enum Task: Sendable {
        case none
        case later(Duration)
        /// It has been quiet for long enough: look at it.
        case look(ArtifactPlace)
    }

    /// The next thing to do in the background: an artifact in which something happened, once nothing has for `quiet`.
    package func nextTask(quiet: Duration) -> Task {
        state.withLock { state in
            let due = state.table.artifacts.compactMap { number, artifact in artifact.due(after: quiet).map { (number, $0) } }
            guard let (number, time) = due.min(by: { $0.1 < $1.1 }) else { return .none }
            let left = ContinuousClock.now.duration(to: time)
            guard left <= .zero else { return .later(left) }
            let place = state.table.update(number) { artifact in
                artifact.isWaiting = false
                artifact.isChanged = false
                return artifact.place
            }
            return place.map { .look($0) } ?? .none
        }
    }

    /// Lets an artifact rest in the background for a while; `again`: and then look at it whether something happens or not.
    package func rest(_ place: ArtifactPlace, for time: Duration, again: Bool) {
        state.withLock { state in
            let number = state.table.number(of: place)
            state.table.update(number) { artifact in
                artifact.restsUntil = .now + time
                if again {
                    artifact.isWaiting = true
                    artifact.lastActivity = artifact.lastActivity ?? .now
                }
            }
        }
        tell.yield()
    }

    /// Returns when something may be new for the background, or the watcher has stopped.
    package func waitForNews() async {
        var iterator = news.makeAsyncIterator()
        _ = await iterator.next()
    }

    /// The same, or when `time` has passed.
    package func waitForNews(atMost time: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [tell] in
                guard (try? await ContinuousClock().sleep(for: time)) != nil else { return }
                tell.yield()
            }
            await waitForNews()
            group.cancelAll()
        }
    }

    /// Forgets an artifact that is gone with all around it, until the next look at it.
    package func forget(_ place: ArtifactPlace) {
        state.withLock { remove($0.table.forget(place), &$0) }
    }

    /// Artifacts that are remembered, and directories that are watched for them.
    package var counts: (artifacts: Int, directories: Int) {
        state.withLock { state in (state.table.artifacts.values.count { !$0.watches.isEmpty }, state.table.watchCount) }
    }

    /// Whether a look is under way.
    package var isBusy: Bool {
        state.withLock { state in state.table.artifacts.values.contains(where: \.isHeld) }
    }

    /// Whether a watched artifact has changed within the last `time`.
    package func hasChange(within time: Duration) -> Bool {
        let start = ContinuousClock.now - time
        return state.withLock { state in state.table.artifacts.values.contains { $0.lastChange.map { $0 > start } ?? false } }
    }

    func watching(_ place: ArtifactPlace) -> Store.Watching {
        state.withLock { state in
            if let failure = state.failure { return .scanned(.unavailable(failure)) }
            guard let refusal = state.table[place]?.refusal else { return .watched }
            return .scanned(refusal.why)
        }
    }

    // MARK: The queue

    /// Takes in all that has happened until now.
    private func drain(_ state: inout State) {
        guard let inotify = state.inotify else { return }
        let now = ContinuousClock.now
        var isNews = false
        if state.mounts?.hasChanged() == true {
            state.table.loseAll(at: now)
            isNews = true
        }
        inotify.drain(buffer.bytes) { event in
            if event.has(Inotify.Event.overflow) { log.notice("inotify's queue ran over: watched artifacts are walked once") }
            if state.table.take(event, at: now) { isNews = true }
        }
        if isNews { tell.yield() }
    }

    /// Takes in an event as if the kernel had queued it.
    func inject(_ event: Inotify.Event) {
        state.withLock { _ = $0.table.take(event, at: .now) }
    }

    /// Runs `body` while nobody empties the queue; looks wait.
    func withoutDraining<Value>(_ body: () throws -> Value) rethrows -> Value {
        try state.withLock { _ in try body() }
    }

    /// Whether the next look finds what an earlier one has left.
    func hasMemory(of place: ArtifactPlace) -> Bool {
        state.withLock { $0.table[place]?.memory != nil }
    }

    /// Begins to watch, if that was not done yet. Returns whether it can be done.
    private func start(_ state: inout State) -> Bool {
        if state.inotify != nil { return true }
        guard !state.isStopped, state.failure == nil else { return false }
        do throws(TenonError) {
            // Without it nobody would know what was mounted where.
            guard let mounts = MountTable() else { throw TenonError(errno: errno, "can't open '/proc/self/mountinfo'") }
            let inotify = try Inotify()
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try systemCall("make", "a pair of sockets") { socketpair(AF_UNIX, kind, 0, &ends) }
            let (end, wakeup) = (ends[0], ends[1])
            state.mounts = mounts
            state.inotify = inotify
            state.wakeup = wakeup
            ThreadTeam.detach { [weak self] in Watcher.serve(self, inotify, end) }
            return true
        } catch {
            state.failure = error.cause ?? error.message
            log.warning("artifacts can't be watched; they are walked each time", metadata: ["reason": "\(error)"])
            return false
        }
    }

    /// Empties the queue whenever something comes, until the watcher stops or is gone.
    private static func serve(_ watcher: @autoclosure () -> Watcher?, _ inotify: Inotify, _ end: Int32) {
        defer { close(end) }
        while true {
            var requests = [pollfd(fd: inotify.descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: end, events: Int16(POLLIN), revents: 0)]
            if poll(&requests, 2, -1) < 0 { continue }
            guard requests[1].revents == 0, let watcher = watcher() else { return }
            watcher.state.withLock { watcher.drain(&$0) }
        }
    }
}
