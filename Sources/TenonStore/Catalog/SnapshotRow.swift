import TenonCore
import TenonFormat

/// A snapshot as the catalog lists it: an artifact's content, durably stored.
package struct SnapshotRow: Hashable, Sendable {
    /// What was stored, as its pointer says it; without `run` and `x-` lines.
    package let content: Pointer
    /// When, in milliseconds since 1970 UTC.
    package let time: UInt64

    package init(content: Pointer, time: UInt64) {
        self.content = content.withoutAnnotations
        self.time = time
    }
}
