import TenonCore
import TenonFormat

/// What a checkout has done.
package struct CheckoutResult: Hashable, Sendable {
    package var filesWritten: UInt64 = 0
    package var filesRemoved: UInt64 = 0
    package var bytesWritten: UInt64 = 0
    /// The state that was there before and was stored nowhere; `tenon recover` brings it back.
    package var saved: SavedStateRecord?

    /// How its files came there.
    package var method = ExpansionMethod.copy

    package init() {}
}
