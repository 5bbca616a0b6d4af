import TenonCore
import TenonFormat

/// What snapshots need of a remote's packs, by their locators.
struct PackNeeds: Sendable {
    /// What living snapshots need of one pack.
    struct Need: Sendable {
        /// Of the pack, in bytes, as a locator says.
        var length: UInt64
        var blocks = BlockRuns()
        /// Who needs it.
        var subjects: [Locator.Subject] = []
    }

    private(set) var live: [PackID: Need] = [:]
    /// Packs that locators name which nobody needs, as far as these were read, and when the latest of them was written: by the storage's clock, in
    /// milliseconds since 1970.
    private(set) var held: [PackID: Int64] = [:]

    mutating func add(_ locator: Locator, isLive: Bool, modified: Int64) {
        for part in locator.parts {
            if isLive {
                live[part.pack.id, default: Need(length: part.pack.length)].blocks.formUnion(BlockRuns(part.runs))
                live[part.pack.id]?.subjects.append(locator.subject)
            } else {
                held[part.pack.id] = max(held[part.pack.id] ?? .min, modified)
            }
        }
    }

    func isLive(_ pack: PackID) -> Bool { live[pack] != nil }
}
