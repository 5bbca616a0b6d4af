import TenonCore
import TenonFormat

/// A pack most of whose bytes nobody needs: what is needed of it is to lie in a new one, so that it can go.
struct Repack: Sendable {
    let pack: RemoteIndex.Pack
    /// The state in which it is there.
    let state: CondemnedList.Entry
    /// What is needed.
    let blocks: BlockRuns
    /// Who needs it.
    let subjects: [Locator.Subject]
    /// Of the new pack, in bytes.
    let keptLength: UInt64
}
