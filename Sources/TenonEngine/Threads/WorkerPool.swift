import Glibc

/// Threads for the engine's blocking work, so that none of it runs on Swift's cooperative pool.
///
/// Threads are started when there is work and none is idle, up to a limit; they end when the pool is released.
final class WorkerPool: Sendable {
    private let shared: Shared

    /// A pool of at most `limit` threads. Work beyond that waits in the order in which it came.
    init(limit: Int) {
        shared = Shared(limit: max(1, limit))
    }

    deinit {
        shared.stop()
    }

    /// Runs `body` on a thread of the pool and returns what it returns, or throws what it throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            shared.enqueue {
                continuation.resume(with: Result { try body() })
            }
        }
    }

    /// The queue and the threads' count.
    ///
    /// Unchecked because the compiler can't see the lock: `jobs`, `next`, `idle`, `count` and `stopped` are touched only while `mutex` is held.
    private final class Shared: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let wakeup = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private let limit: Int
        private var jobs: [@Sendable () -> Void] = []
        private var next = 0
        private var idle = 0
        private var count = 0
        private var stopped = false

        init(limit: Int) {
            self.limit = limit
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(wakeup, nil)
        }

        deinit {
            pthread_cond_destroy(wakeup)
            pthread_mutex_destroy(mutex)
            wakeup.deallocate()
            mutex.deallocate()
        }

        func enqueue(_ job: @escaping @Sendable () -> Void) {
            pthread_mutex_lock(mutex)
            jobs.append(job)
            let waiting = jobs.count - next
            if waiting <= idle {
                pthread_cond_signal(wakeup)
            } else if count < limit {
                count += 1
                if !startThread() { count -= 1 }
            }
            // Without any thread the job would wait for ever: then it runs here, late rather than never.
            let strand = count == 0 ? takeLocked() : nil
            pthread_mutex_unlock(mutex)
            strand?()
        }

        func stop() {
            pthread_mutex_lock(mutex)
            stopped = true
            pthread_cond_broadcast(wakeup)
            pthread_mutex_unlock(mutex)
        }

        private func takeLocked() -> (@Sendable () -> Void)? {
            guard next < jobs.count else { return nil }
            let job = jobs[next]
            next += 1
            if next == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                next = 0
            }
            return job
        }

        private func work() {
            pthread_mutex_lock(mutex)
            while true {
                if let job = takeLocked() {
                    pthread_mutex_unlock(mutex)
                    job()
                    pthread_mutex_lock(mutex)
                } else if stopped {
                    break
                } else {
                    idle += 1
                    pthread_cond_wait(wakeup, mutex)
                    idle -= 1
                }
            }
            count -= 1
            pthread_mutex_unlock(mutex)
        }

        private func startThread() -> Bool {
            var thread = pthread_t()
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            pthread_attr_setstacksize(&attributes, 8 << 20)
            let box = Unmanaged.passRetained(self)
            let status = pthread_create(
                &thread, &attributes,
                { argument in
                    if let argument {
                        Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue().work()
                    }
                    return nil
                }, box.toOpaque())
            if status != 0 { box.release() }
            return status == 0
        }
    }
}
