import CKernels
import TenonCore

/// SHA-256 in progress on the processor's own instructions; two of them can advance together over the same bytes.
///
/// Usable only where `isAvailable` says so.
struct SHA256State {
    private var words: [8 of UInt32]
    /// The bytes since the last whole 64-byte block; `length % 64` of them count.
    private var pending: [64 of UInt8]
    private var length: UInt64

    /// Whether this processor has the instructions; asked once.
    static let isAvailable = tenon_sha256_is_available() != 0

    static let blockLength = 64

    /// The initial state of FIPS 180-4, section 5.3.3.
    init() {
        words = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
        ]
        pending = .init(repeating: 0)
        length = 0
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let rest = fillPending(from: bytes)
        let count = rest.count / SHA256State.blockLength
        compress(rest, count: count)
        keepPending(rest, from: count * SHA256State.blockLength)
    }

    /// Advances `first` and `second` over the same bytes.
    static func update(_ first: inout SHA256State, _ second: inout SHA256State, _ bytes: UnsafeRawBufferPointer) {
        let restOfFirst = first.fillPending(from: bytes)
        let restOfSecond = second.fillPending(from: bytes)
        let countOfFirst = restOfFirst.count / blockLength
        let countOfSecond = restOfSecond.count / blockLength
        let together = min(countOfFirst, countOfSecond)
        let done = together * blockLength
        compress(&first, restOfFirst, &second, restOfSecond, count: together)
        first.compress(UnsafeRawBufferPointer(rebasing: restOfFirst[done...]), count: countOfFirst - together)
        second.compress(UnsafeRawBufferPointer(rebasing: restOfSecond[done...]), count: countOfSecond - together)
        first.keepPending(restOfFirst, from: countOfFirst * blockLength)
        second.keepPending(restOfSecond, from: countOfSecond * blockLength)
    }

    /// Advances `first` over the whole blocks at the start of `a`, and `second` over those of `b`, until one has no more; returns how many bytes
    /// each took. To be called at the boundary of a block.
    static func advance(
        _ first: inout SHA256State, _ a: UnsafeRawBufferPointer, _ second: inout SHA256State, _ b: UnsafeRawBufferPointer
    ) -> Int {
        let count = min(a.count, b.count) / blockLength
        compress(&first, a, &second, b, count: count)
        first.length &+= UInt64(count * blockLength)
        second.length &+= UInt64(count * blockLength)
        return count * blockLength
    }

    private static func compress(
        _ first: inout SHA256State, _ a: UnsafeRawBufferPointer, _ second: inout SHA256State, _ b: UnsafeRawBufferPointer, count: Int
    ) {
        guard count > 0, let a = a.baseAddress, let b = b.baseAddress else { return }
        first.withWords { firstWords in
            second.withWords { secondWords in
                tenon_sha256_compress_two(
                    firstWords, a.assumingMemoryBound(to: UInt8.self), secondWords, b.assumingMemoryBound(to: UInt8.self), count)
            }
        }
    }

    /// The digest of all bytes so far. The state can't go on afterwards.
    mutating func digest() -> Digest {
        let bits = length &* 8
        let used = Int(length % UInt64(SHA256State.blockLength))
        pending[used] = 0x80
        for index in (used + 1)..<SHA256State.blockLength { pending[index] = 0 }
        if used + 1 > SHA256State.blockLength - 8 {
            compressPending()
            for index in 0..<SHA256State.blockLength { pending[index] = 0 }
        }
        for index in 0..<8 {
            pending[SHA256State.blockLength - 1 - index] = UInt8(truncatingIfNeeded: bits >> (8 * UInt64(index)))
        }
        compressPending()
        func word(_ index: Int) -> UInt64 { UInt64(words[2 * index]) << 32 | UInt64(words[2 * index + 1]) }
        return Digest(words: (word(0), word(1), word(2), word(3)))
    }

    /// Counts `bytes`, completes the pending block from them if there is one, and returns those that remain.
    ///
    /// If they don't complete it, none remain.
    private mutating func fillPending(from bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let used = Int(length % UInt64(SHA256State.blockLength))
        length &+= UInt64(bytes.count)
        guard used > 0 else { return bytes }
        let taken = min(bytes.count, SHA256State.blockLength - used)
        for index in 0..<taken { pending[used + index] = bytes[index] }
        if used + taken == SHA256State.blockLength { compressPending() }
        return UnsafeRawBufferPointer(rebasing: bytes[taken...])
    }

    /// Keeps what follows the last whole block of `bytes`.
    private mutating func keepPending(_ bytes: UnsafeRawBufferPointer, from start: Int) {
        for index in start..<bytes.count { pending[index - start] = bytes[index] }
    }

    private mutating func compress(_ bytes: UnsafeRawBufferPointer, count: Int) {
        guard count > 0, let base = bytes.baseAddress else { return }
        withWords { tenon_sha256_compress($0, base.assumingMemoryBound(to: UInt8.self), count) }
    }

    private mutating func compressPending() {
        let block = pending
        withUnsafeBytes(of: block) { compress($0, count: 1) }
    }

    private mutating func withWords(_ body: (UnsafeMutablePointer<UInt32>) -> Void) {
        var copy = words
        withUnsafeMutableBytes(of: &copy) { raw in
            guard let base = raw.baseAddress else { return }
            body(base.assumingMemoryBound(to: UInt32.self))
        }
        words = copy
    }
}
