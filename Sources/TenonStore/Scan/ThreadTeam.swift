import Glibc
import Synchronization
import TenonCore

/// Threads that do one piece of blocking work together and end with it.
enum ThreadTeam {
    /// Threads that pay for work bound by processors, within what the memory budget allows each of them.
    static let preferredCount: Int = {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return max(1, min(8, processors))
    }()

    private static let stackSize = 1 << 20

    /// Runs `body` with 0..<count, each on a thread of its own, the calling one among them; returns when all have ended.
    ///
    /// Throws what the first of them to fail has thrown. If the system gives fewer threads, fewer calls are made.
    static func run(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        try withoutActuallyEscaping(body) { body in
            let work: @Sendable (Int) -> Void = { index in
                do {
                    try body(index)
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
            var threads: [pthread_t] = []
            for index in 1..<max(1, count) {
                guard let thread = start({ work(index) }) else { break }
                threads.append(thread)
            }
            work(0)
            for thread in threads { pthread_join(thread, nil) }
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }

    /// Starts a thread that nobody waits for. Returns whether the system gave one.
    @discardableResult
    static func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard let thread = start(body) else { return false }
        pthread_detach(thread)
        return true
    }

    private final class Entry: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        let entry = Unmanaged.passRetained(Entry(body))
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Entry>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, entry.toOpaque())
        if status != 0 { entry.release() }
        return status == 0 ? thread : nil
    }
}
