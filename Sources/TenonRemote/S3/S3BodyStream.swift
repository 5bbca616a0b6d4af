import NIOCore
import Synchronization
import TenonCore
import TenonFormat

/// An object's bytes on their way into a request. The last piece is held back until all of them are seen to be those that were announced.
struct S3BodyStream: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// Bytes that are handed on at a time: the next ones are read when these are on their way, which is all that shows that a slow upload moves.
    static let pieceSize = 64 << 10

    let body: ObjectBody
    let failure: BodyFailure

    func makeAsyncIterator() -> S3BodyIterator {
        S3BodyIterator(body: body, failure: failure)
    }
}

/// What stopped the stream: HTTP's own error hides it.
final class BodyFailure: Sendable {
    private let state = Mutex<(any Error)?>(nil)

    var error: (any Error)? { state.withLock { $0 } }

    func note(_ error: any Error) {
        state.withLock { $0 = $0 ?? error }
    }
}

final class S3BodyIterator: AsyncIteratorProtocol {
    private let body: ObjectBody
    private let failure: BodyFailure
    private var offset: UInt64 = 0
    private var hasher: StreamingSHA256?

    init(body: ObjectBody, failure: BodyFailure) {
        self.body = body
        self.failure = failure
        hasher = body.isProved ? nil : StreamingSHA256()
    }

    func next() async throws -> ByteBuffer? {
        guard offset < body.count else { return nil }
        do {
            let count = Int(min(UInt64(S3BodyStream.pieceSize), body.count - offset))
            let piece = try await body.bytes(at: offset, count: count)
            offset += UInt64(count)
            hasher?.update(piece)
            if offset == body.count, let digest = hasher.take()?.finalize(), digest != body.digest { throw body.sourceChanged }
            return ByteBuffer(bytes: piece)
        } catch {
            failure.note(error)
            throw error
        }
    }
}
