import TenonCore

import struct Crypto.SHA256
import struct Crypto.SHA256Digest

/// SHA-256 of bytes that lie in memory as a whole.
package enum SHA256Hasher {
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        if SHA256State.isAvailable {
            var state = SHA256State()
            state.update(bytes)
            return state.digest()
        }
        return plainHash(bytes)
    }

    package static func hash(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The hash of each of `pieces`: two at a time where the processor has the instructions, the next one as soon as one ends.
    package static func hashEach(_ pieces: [UnsafeRawBufferPointer]) -> [Digest] {
        guard SHA256State.isAvailable else { return pieces.map(plainHash) }
        var digests = [Digest](repeating: Digest(words: (0, 0, 0, 0)), count: pieces.count)
        var next = 0
        func start() -> Lane? {
            guard next < pieces.count else { return nil }
            defer { next += 1 }
            return Lane(piece: next, rest: pieces[next])
        }
        var (first, second) = (start(), start())
        while var a = first, var b = second {
            let taken = SHA256State.advance(&a.state, a.rest, &b.state, b.rest)
            a.rest = UnsafeRawBufferPointer(rebasing: a.rest[taken...])
            b.rest = UnsafeRawBufferPointer(rebasing: b.rest[taken...])
            first = a.finish(into: &digests) ? start() : a
            second = b.finish(into: &digests) ? start() : b
        }
        for lane in [first, second] {
            guard var lane else { continue }
            lane.state.update(lane.rest)
            digests[lane.piece] = lane.state.digest()
        }
        return digests
    }

    /// One of two pieces that are hashed together.
    private struct Lane {
        let piece: Int
        var rest: UnsafeRawBufferPointer
        var state = SHA256State()

        init(piece: Int, rest: UnsafeRawBufferPointer) {
            self.piece = piece
            self.rest = rest
        }

        /// Ends the piece if less than a block is left of it.
        mutating func finish(into digests: inout [Digest]) -> Bool {
            guard rest.count < SHA256State.blockLength else { return false }
            state.update(rest)
            digests[piece] = state.digest()
            return true
        }
    }

    /// The hash of `bytes` without the kernel, on every processor.
    static func plainHash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Digest(hasher.finalize())
    }
}

extension Digest {
    /// What swift-crypto returns, as a value of ours.
    init(_ value: SHA256Digest) {
        self = value.withUnsafeBytes { Digest(loading: $0) }
    }
}
