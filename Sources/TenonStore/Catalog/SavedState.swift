import TenonCore
import TenonFormat

/// A work-tree state that a checkout would have overwritten, as the catalog lists it.
package struct SavedState: Hashable, Sendable {
    /// SHA-256 of its record; names it in `tenon recover`.
    package var id: Digest
    package var record: SavedStateRecord

    package init(id: Digest, record: SavedStateRecord) {
        self.id = id
        self.record = record
    }
}
