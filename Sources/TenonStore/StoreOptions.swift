import Glibc
import TenonFormat

/// What a store may use, and how it is reached.
package struct StoreOptions: Sendable {
    /// Bytes of memory that the whole daemon plans with; caches and blocks in flight are shares of it.
    package var memoryBudget: Int
    /// Part of the volume that ingest leaves free: below it, writing stops with `noSpace`.
    package var keepFree: Double
    /// Bytes set aside in the file `reserve`, given back when the disk is full so that the catalog can still be written.
    package var reserve: Int
    /// Size at which a pack is sealed.
    package var packTarget: Int
    /// Through what every durable write goes; tests make it fail.
    package var fileSystem: FileSystem
    /// Watch artifacts, so that looks at them need not walk them.
    package var watches: Bool
    /// Directories that are watched at most; `nil`: half of what the user may have.
    package var watchLimit: Int?
    /// Milliseconds since 1970 UTC.
    package var now: @Sendable () -> UInt64

    package init(
        memoryBudget: Int = 256 << 20, keepFree: Double = 0.05, reserve: Int = 4 << 20, packTarget: Int = PackLimits.targetPackLength,
        fileSystem: FileSystem = FileSystem(), watches: Bool = false, watchLimit: Int? = nil,
        now: @escaping @Sendable () -> UInt64 = { StoreOptions.wallClock() }
    ) {
        self.memoryBudget = memoryBudget
        self.keepFree = keepFree
        self.reserve = reserve
        self.packTarget = packTarget
        self.fileSystem = fileSystem
        self.watches = watches
        self.watchLimit = watchLimit
        self.now = now
    }

    /// Bytes of decoded blocks that are kept: a quarter of the budget, 64 MiB by default.
    var blockCacheBytes: Int { memoryBudget / 4 }

    /// Bytes that may be spent on what watched artifacts were found to be.
    var watchBytes: Int { memoryBudget / 4 }

    /// The system's clock.
    package static func wallClock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
