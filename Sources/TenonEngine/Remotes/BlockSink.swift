import Synchronization
import TenonFormat
import TenonRemote

/// Cuts the bytes from the first of some spans to the end of the last one into these spans, and delivers each when it is whole.
final class BlockSink: ByteSink {
    private struct State {
        var position: UInt64
        /// The span that comes or is coming.
        var next = 0
        var bytes: [UInt8] = []
    }

    private let spans: [Range<UInt64>]
    private let deliver: @Sendable (_ place: Int, _ bytes: [UInt8]) async throws -> Void
    private let state: Mutex<State>

    /// - Parameter spans: ascending, none empty.
    init(_ spans: [Range<UInt64>], deliver: @escaping @Sendable (_ place: Int, _ bytes: [UInt8]) async throws -> Void) {
        self.spans = spans
        self.deliver = deliver
        state = Mutex(State(position: spans.first?.lowerBound ?? 0))
    }

    func write(_ bytes: [UInt8]) async throws {
        for (place, whole) in state.withLock({ take(bytes, &$0) }) { try await deliver(place, whole) }
    }

    /// The spans that are whole with these bytes.
    private func take(_ bytes: [UInt8], _ state: inout State) -> [(Int, [UInt8])] {
        var whole: [(Int, [UInt8])] = []
        var rest = bytes[...]
        while !rest.isEmpty, state.next < spans.count {
            let span = spans[state.next]
            let isInside = state.position >= span.lowerBound
            let piece = rest.prefix(Int(clamping: (isInside ? span.upperBound : span.lowerBound) - state.position))
            rest = rest.dropFirst(piece.count)
            state.position += UInt64(piece.count)
            guard isInside else { continue }
            if state.bytes.isEmpty { state.bytes.reserveCapacity(min(span.count, BlockLimits.dataBlockLength)) }
            state.bytes += piece
            guard state.position == span.upperBound else { continue }
            whole.append((state.next, state.bytes))
            state.bytes = []
            state.next += 1
        }
        return whole
    }
}
