import Glibc
import Synchronization

/// Bytes on their way from threads that work to the one task that writes them to a client.
///
/// A thread that is too fast waits. Only the thread waits, never the task: `next` suspends. When nobody takes bytes any more, `cancel` lets all go.
final class Outlet: Sendable {
    /// What the writing task is to do next.
    enum Step: Sendable {
        case write([UInt8])
        case end
    }

    private struct State {
        var bytes: [UInt8] = []
        var isFinished = false
        var isCancelled = false
        /// It was cancelled by the daemon, which leaves.
        var isStopped = false
        /// Nobody takes bytes any more, and none are kept.
        var isDropping = false
        var waiting: CheckedContinuation<Void, Never>?
        /// A line that may be replaced before it is taken.
        var replaceable: [UInt8]?
        var lastReplaceable: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let room = ThreadSignal()
    private let limit: Int
    private let interval: Duration

    /// - Parameters:
    ///   - limit: so many bytes may wait before a thread does; one piece always fits.
    ///   - interval: the shortest time between two replaceable lines.
    init(limit: Int = 1 << 20, interval: Duration = .milliseconds(100)) {
        self.limit = limit
        self.interval = interval
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Appends bytes, after waiting for room. Returns whether they were taken: `false` once cancelled.
    @discardableResult
    func push(_ bytes: UnsafeRawBufferPointer) -> Bool {
        while true {
            let ticket = room.ticket
            let (taken, waiting) = state.withLock { state -> (Bool?, CheckedContinuation<Void, Never>?) in
                if state.isCancelled || state.isDropping || state.isFinished { return (false, nil) }
                if !state.bytes.isEmpty, state.bytes.count + bytes.count > limit { return (nil, nil) }
                state.bytes += bytes
                return (true, state.waiting.take())
            }
            waiting?.resume()
            if let taken { return taken }
            room.wait(after: ticket)
        }
    }

    /// Sets the line that is sent when the client next has room and enough time has passed. `make` is not called in vain too often.
    func setReplaceable(_ make: () throws -> [UInt8]) {
        let isDue = state.withLock { state in
            if state.isCancelled || state.isDropping || state.isFinished { return false }
            return state.lastReplaceable.map { $0.duration(to: .now) >= interval } ?? true
        }
        guard isDue, let line = try? make() else { return }
        let waiting = state.withLock { state in
            state.replaceable = line
            return state.waiting.take()
        }
        waiting?.resume()
    }

    /// Appends the last bytes, without waiting, and ends the stream. A replaceable line that was not taken is dropped.
    func finish(_ last: [UInt8] = []) {
        let waiting = state.withLock { state in
            state.isFinished = true
            state.replaceable = nil
            state.bytes += last
            return state.waiting.take()
        }
        waiting?.resume()
        room.raise()
    }

    /// Lets every waiting thread go: nothing more is taken from them. What is here, and the last bytes, may still be written.
    func cancel() {
        let waiting = state.withLock { state in
            state.isCancelled = true
            return state.waiting.take()
        }
        waiting?.resume()
        room.raise()
    }

    /// As `cancel`, since the daemon leaves, if nobody has cancelled yet.
    func stop() {
        state.withLock { if !$0.isCancelled { $0.isStopped = true } }
        cancel()
    }

    /// Lets every waiting thread go and keeps no more bytes, without telling the work to stop.
    func drop() {
        state.withLock { $0.isDropping = true }
        room.raise()
    }

    /// What to write next; suspends until there is something. One task only may call this.
    func next() async -> Step {
        while true {
            let step = state.withLock { state -> Step? in
                if let line = state.replaceable {
                    state.replaceable = nil
                    state.lastReplaceable = .now
                    state.bytes += line
                }
                if !state.bytes.isEmpty {
                    defer { state.bytes = [] }
                    return .write(state.bytes)
                }
                return state.isFinished ? .end : nil
            }
            if let step {
                room.raise()
                return step
            }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.bytes.isEmpty || state.isFinished || state.replaceable != nil { return true }
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}

/// Lets threads wait until something happened after a moment that they name.
///
/// Unchecked because the compiler can't see the lock: `count` is touched only while `mutex` is held.
final class ThreadSignal: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var count: UInt64 = 0

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// The present moment.
    var ticket: UInt64 {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return count
    }

    func raise() {
        pthread_mutex_lock(mutex)
        count += 1
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Blocks the calling thread until `raise` is called after `ticket` was taken.
    func wait(after ticket: UInt64) {
        pthread_mutex_lock(mutex)
        while count == ticket { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }
}
