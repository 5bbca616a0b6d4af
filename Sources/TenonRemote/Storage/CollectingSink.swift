import Synchronization
import TenonCore

/// Gathers an object's bytes in memory, up to a limit.
package final class CollectingSink: ByteSink {
    private let limit: Int
    private let state = Mutex<[UInt8]>([])

    package init(limit: Int) {
        self.limit = limit
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
