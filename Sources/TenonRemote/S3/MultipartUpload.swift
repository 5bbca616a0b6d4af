import Synchronization
import TenonCore
import TenonFormat

/// An object on its way in parts: what has arrived stays when an attempt breaks off.
final class MultipartUpload: Sendable {
    private struct State: ~Copyable {
        var tags: [ObjectTag] = []
        /// Of the parts that have been read.
        var hasher: StreamingSHA256? = StreamingSHA256()
        var hashed = 0
        var digest: Digest?
    }

    let name: ObjectName
    let identifier: String
    let digest: Digest
    private let state = Mutex(State())

    init(name: ObjectName, identifier: String, digest: Digest) {
        self.name = name
        self.identifier = identifier
        self.digest = digest
    }

    /// Of the parts that have arrived, in order.
    var tags: [ObjectTag] { state.withLock { $0.tags } }

    func add(_ tag: ObjectTag) {
        state.withLock { $0.tags.append(tag) }
    }

    /// Counts part `number` (from 0) into the object's hash, unless it is counted already.
    func hash(_ bytes: [UInt8], part number: Int) {
        state.withLock { state in
            guard number == state.hashed else { return }
            state.hasher?.update(bytes)
            state.hashed += 1
        }
    }

    /// Whether the parts are the bytes that were announced; to be asked after the last one.
    var isWhole: Bool {
        state.withLock { state in
            if let hasher = state.hasher.take() { state.digest = hasher.finalize() }
            return state.digest == digest
        }
    }
}
