import TenonCore
import TenonFormat

/// Blocks that wait for a thread to compress them. It is short: a thread that finds it full compresses its own block instead of waiting.
final class BlockQueue: Sendable {
    private struct State {
        var waiting: [PendingBlock] = []
        var reserved = 0
        var idleBuffers: [BlockBuffer] = []
        /// Threads that may still bring blocks.
        var readers: Int
        var hasFailed = false
    }

    private let state: Monitor<State>
    private let limit: Int

    init(readers: Int) {
        limit = readers
        state = Monitor(State(readers: readers))
    }

    /// Reserves a place for a block and returns a buffer to go on with; `nil` if the queue is full and the caller should compress the block.
    func reserve() -> BlockBuffer? {
        state.withLock { state in
            guard state.waiting.count + state.reserved < limit else { return nil }
            state.reserved += 1
            return state.idleBuffers.popLast() ?? BlockBuffer()
        }
    }

    /// Puts a block into the place that was reserved for it.
    func submit(_ block: PendingBlock) {
        state.withLock { state in
            state.reserved -= 1
            state.waiting.append(block)
        }
        state.wakeAll()
    }

    /// A block that waits, if any does now.
    func poll() -> PendingBlock? {
        state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    }

    func giveBack(_ buffer: BlockBuffer) {
        state.withLock { $0.idleBuffers.append(buffer) }
    }

    /// Says that the calling thread brings no more blocks.
    func endReader() {
        state.withLock { $0.readers -= 1 }
        state.wakeAll()
    }

    /// The next block, once there is one; `nil` when none will come.
    func next() -> PendingBlock? {
        let block: PendingBlock?? = state.waitFor { state in
            if state.hasFailed { return .some(nil) }
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            return state.readers == 0 ? .some(nil) : nil
        }
        return block ?? nil
    }

    /// Lets all threads end.
    func fail() {
        state.withLock { $0.hasFailed = true }
        state.wakeAll()
    }

    var hasFailed: Bool { state.withLock { $0.hasFailed } }
}
