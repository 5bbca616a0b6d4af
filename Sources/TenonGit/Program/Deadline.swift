import Glibc

/// A moment of the monotonic clock after which nobody waits any more.
package struct Deadline {
    private let nanoseconds: Int64

    package init(after duration: Duration) {
        let (seconds, attoseconds) = duration.components
        nanoseconds = Deadline.now() + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    package var isOver: Bool { Deadline.now() >= nanoseconds }

    /// Milliseconds that are left, rounded up, at most `limit`.
    package func milliseconds(atMost limit: Int32) -> Int32 {
        Int32(clamping: min(Int64(limit), max(0, (nanoseconds - Deadline.now() + 999_999) / 1_000_000)))
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
