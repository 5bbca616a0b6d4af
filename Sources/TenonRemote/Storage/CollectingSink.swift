import Synchronization
import TenonCore

/// Gathers an object's bytes in memory, up to a limit.
package final class CollectingSink: ByteSink {
    private let limit: Int
    /// No room for more is made before bytes come: what was expected is others' word.
    private static let maximumReserve = 16 << 20
    private let state = Mutex<[UInt8]>([])

    /// - Parameter expected: so many bytes will come, by what was asked for: room is made for them once.
    package init(limit: Int, expected: Int = 0) {
        self.limit = limit
        state.withLock { $0.reserveCapacity(min(expected, limit, CollectingSink.maximumReserve)) }
    }

    package var bytes: [UInt8] { state.withLock { $0 } }

    package func write(_ bytes: [UInt8]) throws {
        try state.withLock { gathered in
            guard bytes.count <= limit - gathered.count else {
                throw TenonError(.corrupt, "an object is not what it should be", cause: "it is longer than \(limit) bytes")
            }
            gathered += bytes
        }
    }
}
