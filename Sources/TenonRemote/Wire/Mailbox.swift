import Synchronization
import TenonCore

/// Frames of one request on their way from the connection to the task that waits for them.
///
/// One task takes; the connection puts. What is in it is bounded by whoever puts: the server waits for room, the client has given out credit.
final class Mailbox: Sendable {
    private struct State {
        var frames: [Frame] = []
        var byteCount = 0
        var failure: (any Error)?
        var isClosed = false
        var taker: CheckedContinuation<Void, Never>?
        var putter: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    /// What a frame costs beside its payload, about, in bytes: many empty ones are no less to hold than a few full ones.
    private static let frameCost = 128

    /// `limit` in bytes of payload, and of what holds it.
    init(limit: Int = Int.max) {
        self.limit = limit
    }

    /// Adds a frame. Throws if it does not fit: the other side sent more than it may.
    func put(_ frame: Frame) throws {
        let taker = try state.withLock { state in
            guard state.failure == nil else { return nil as CheckedContinuation<Void, Never>? }
            guard state.byteCount <= limit else { throw WireReader.broken }
            state.frames.append(frame)
            state.byteCount += frame.payload.count + Mailbox.frameCost
            return state.taker.take()
        }
        taker?.resume()
    }

    /// Suspends until there is room, or nobody will take any more. One task only may call this.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.byteCount < limit || state.failure != nil { return true }
                state.putter = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// The next frame, waiting for it. Throws what `fail` was given once all frames are taken, and `CancellationError` when the task is cancelled.
    func next() async throws -> Frame {
        try await withTaskCancellationHandler {
            while true {
                if let frame = try poll() { return frame }
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.frames.isEmpty || state.failure != nil { return true }
                        state.taker = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            }
        } onCancel: {
            fail(CancellationError())
        }
    }

    /// The next frame if it is there.
    func poll() throws -> Frame? {
        let (frame, putter) = try state.withLock { state -> (Frame?, CheckedContinuation<Void, Never>?) in
            if state.failure is CancellationError { throw CancellationError() }
            guard !state.frames.isEmpty else {
                if let failure = state.failure { throw failure }
                return (nil, nil)
            }
            let frame = state.frames.removeFirst()
            state.byteCount -= frame.payload.count + Mailbox.frameCost
            return (frame, state.putter.take())
        }
        putter?.resume()
        return frame
    }

    /// Whether the request is over.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Ends the request: what still comes for it is dropped.
    func close() {
        state.withLock { $0.isClosed = true }
        fail(CancellationError())
    }

    /// No frame comes any more. The first reason counts, unless it is cancelled.
    func fail(_ error: any Error) {
        let waiting = state.withLock { state in
            if state.failure == nil || error is CancellationError { state.failure = error }
            return [state.taker.take(), state.putter.take()]
        }
        for continuation in waiting { continuation?.resume() }
    }
}
