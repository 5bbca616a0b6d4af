import CKernels
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

    /// The hash of each of `pieces`: sixteen or two at a time where the processor has the instructions, the next one as soon as one ends.
    package static func hashEach(_ pieces: [UnsafeRawBufferPointer]) -> [Digest] {
        if pieces.count >= fewestForMany, isManyAvailable { return hashMany(pieces) }
        return SHA256State.isAvailable ? hashByTwo(pieces) : pieces.map(plainHash)
    }

    /// Fewer pieces are quicker two at a time.
    private static let fewestForMany = 6
    private static let isManyAvailable = tenon_sha256_many_is_available() != 0

    private static func hashMany(_ pieces: [UnsafeRawBufferPointer]) -> [Digest] {
        let starts = pieces.map { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
        return withUnsafeTemporaryAllocation(byteCount: pieces.count * Digest.byteCount, alignment: 1) { digests in
            tenon_sha256_many(starts, pieces.map(\.count), pieces.count, digests.baseAddress?.assumingMemoryBound(to: UInt8.self))
            return pieces.indices.map { Digest(loading: UnsafeRawBufferPointer(rebasing: digests[($0 * Digest.byteCount)...])) }
        }
    }

    /// The same two at a time; to be called only where the processor has the instructions.
    static func hashByTwo(_ pieces: [UnsafeRawBufferPointer]) -> [Digest] {
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
