/// Sizes of a store.
package struct StoreStatistics: Hashable, Sendable {
    package var packs = 0
    /// Bytes of all pack files.
    package var packBytes: UInt64 = 0
    /// Bytes of the objects in them, before compression.
    package var rawBytes: UInt64 = 0
    package var chunks: UInt64 = 0
    package var blocks: UInt64 = 0
    package var snapshots = 0
    /// Bytes of all snapshots as tracked, each counted once.
    package var trackedBytes: UInt64 = 0
    package var damagedBlocks = 0
    /// Bytes free to this user on the store's volume, and its size.
    package var freeBytes: UInt64 = 0
    package var volumeBytes: UInt64 = 0

    package init() {}
}
