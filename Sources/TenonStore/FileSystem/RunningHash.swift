import TenonCore
import TenonFormat

/// SHA-256 of what is read or written in pieces.
final class RunningHash {
    private var hasher: StreamingSHA256? = StreamingSHA256()

    func update(_ bytes: UnsafeRawBufferPointer) {
        hasher?.update(bytes)
    }

    func update(_ bytes: [UInt8]) {
        hasher?.update(bytes)
    }

    /// The hash of all that came; the second time `nil`.
    func finish() -> Digest? {
        hasher.take()?.finalize()
    }
}
