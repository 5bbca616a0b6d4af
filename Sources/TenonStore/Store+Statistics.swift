import TenonCore

extension Store {
    /// Sizes, from the catalog alone.
    package func statistics() throws -> StoreStatistics {
        var result = StoreStatistics()
        for row in try catalog.packs() {
            result.packs += 1
            result.packBytes += row.bytes
            result.rawBytes += row.rawBytes
            result.blocks += UInt64(row.blocks)
            result.chunks += UInt64(row.chunks)
        }
        let tracked = try catalog.trackedTotals()
        result.snapshots = tracked.snapshots
        result.trackedBytes = tracked.bytes
        result.damagedBlocks = try catalog.damagedBlocks().count
        let space = try VolumeSpace(of: home)
        result.freeBytes = space.freeBytes
        result.volumeBytes = space.totalBytes
        return result
    }
}
