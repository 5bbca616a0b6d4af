/// A metric's value when it was logged last.
package struct MetricPoint: Hashable, Sendable {
    /// May be infinite, or no number.
    package var value: Double
    package var step: Int64?
    /// Milliseconds since 1970 UTC.
    package var time: UInt64

    package init(value: Double, step: Int64?, time: UInt64) {
        self.value = value
        self.step = step
        self.time = time
    }
}
