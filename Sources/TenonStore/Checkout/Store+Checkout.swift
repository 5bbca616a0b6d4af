import TenonCore
import TenonFormat

extension Store {
    /// Brings what lies at `place` to `pointer`; `only` restricts it to these entries inside, by their paths in the artifact.
    ///
    /// What is the same is not touched. What would be lost and is stored nowhere is stored first and listed by `tenon recover`, unless `discard`.
    /// All is on disk when this returns, unless `durability` leaves that to the caller. Throws `missingContent` before anything is touched, `noSpace`, `changedWhileReading` if something goes
    /// on writing to the artifact, `cancelled`; after a failure each file is the old one or the new one, whole. Unless it `overwrites`, throws
    /// `conflict` before it is touched where something would be overwritten or removed. What is new there goes without the permissions of `mask`.
    package func checkout(
        _ pointer: Pointer, at place: ArtifactPlace, only: [RelativePath], discard: Bool, overwrites: Bool = true,
        durability: CheckoutDurability = .atOnce, mask: CreationMask = CreationMask(), progress: ProgressSink
    ) throws -> CheckoutResult {
        try Checkout(
            store: self, place: place, only: only, discard: discard, durability: durability, progress: progress, overwrites: overwrites,
            mask: mask
        ).run(pointer)
    }

    /// Removes what lies at `place`, saving it first if it is stored nowhere, unless `discard`.
    package func remove(_ place: ArtifactPlace, discard: Bool, progress: ProgressSink) throws -> CheckoutResult {
        try Checkout(store: self, place: place, only: [], discard: discard, durability: .deferred, progress: progress).run(nil)
    }

    /// Takes what the stat cache and earlier looks know of an artifact for unknown: its files are read again when they are asked for.
    package func forgetStats(of place: ArtifactPlace) {
        lateNotes.wait(for: place)
        statCache.forget(place)
        _ = watcher?.begin(place)?.takeMemory()
    }
}
