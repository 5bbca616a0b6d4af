import CZstd
import Glibc
import TenonCore

/// Guesses from a few KiB of a block whether its bytes are numbers that the codec planes suits.
///
/// Both guesses are lower bounds of a kind: the entropy of each plane by itself is what planes will come to; zstd on short pieces misses what
/// repeats far apart. So zstd is left out only where planes win clearly.
final class BlockProbe {
    enum Verdict: Equatable {
        case zstd
        case planes(ElementLayout)
        /// Too close to call: try both.
        case either(ElementLayout)
    }

    /// A shorter block is not probed.
    static let minimumRawLength = 16 << 10
    /// How many pieces are looked at, spread evenly, and how long each is.
    private static let pieceCount = 8
    private static let pieceLength = 2 << 10
    /// Planes are not tried above this share of the raw length.
    private static let highestShare = 0.95
    /// What heads of frames and the table of segments add to planes, as a share of the raw length.
    private static let overhead = 0.003
    /// Planes alone are tried if their share is below this part of zstd's.
    private static let clearAdvantage = 0.92

    private let zstd: ZstdCompressor?
    private let sample = ScratchBuffer()
    private let output = ScratchBuffer()
    /// How often each byte value occurs at each place modulo 8.
    private var counts = [UInt32](repeating: 0, count: 8 * 256)

    init() {
        zstd = try? ZstdCompressor(.fallback)
    }

    /// What to try on `raw`, which is `chunks` one after the other. `hint` is what the file's header says.
    func examine(_ raw: UnsafeRawBufferPointer, chunks: [BlockChunk], hint: ElementLayout?) -> Verdict {
        guard raw.count >= BlockProbe.minimumRawLength else { return .zstd }
        let pieces = gather(raw, chunks: chunks)
        guard !pieces.isEmpty, let guess = hint.map({ (layout: $0, share: share(of: pieces, as: $0)) }) ?? guess(pieces) else { return .zstd }
        guard guess.share < BlockProbe.highestShare else { return .zstd }
        let other = shareOfZstd(pieces)
        if guess.share < other * BlockProbe.clearAdvantage { return .planes(guess.layout) }
        return guess.share < other ? .either(guess.layout) : .zstd
    }

    /// Whether the bytes look like text in ASCII or UTF-8: hardly a control character among them.
    func isText(_ raw: UnsafeRawBufferPointer, chunks: [BlockChunk]) -> Bool {
        var length = 0
        var controls = 0
        for piece in gather(raw, chunks: chunks) {
            length += piece.bytes.count
            for byte in piece.bytes where byte < 0x20 && !(0x09...0x0D).contains(byte) { controls += 1 }
        }
        return controls * 256 < length
    }

    /// Bytes from one chunk, and the offset in the file of the first.
    private struct Piece {
        let bytes: UnsafeRawBufferPointer
        let fileOffset: UInt64
    }

    private func gather(_ raw: UnsafeRawBufferPointer, chunks: [BlockChunk]) -> [Piece] {
        var pieces: [Piece] = []
        let distance = raw.count / BlockProbe.pieceCount
        var chunk = 0
        var chunkStart = 0
        for index in 0..<BlockProbe.pieceCount {
            var start = index * distance + (distance - BlockProbe.pieceLength) / 2
            while chunk < chunks.count, chunkStart + Int(chunks[chunk].length) <= start {
                chunkStart += Int(chunks[chunk].length)
                chunk += 1
            }
            guard chunk < chunks.count else { break }
            // From a multiple of 8 in the file on, so that places modulo 8 are counted alike in all pieces.
            start += Int((8 - (chunks[chunk].fileOffset &+ UInt64(start - chunkStart)) % 8) % 8)
            let end = min(start + BlockProbe.pieceLength, chunkStart + Int(chunks[chunk].length))
            guard end - start >= 64 else { continue }
            pieces.append(
                Piece(
                    bytes: UnsafeRawBufferPointer(rebasing: raw[start..<end]),
                    fileOffset: chunks[chunk].fileOffset &+ UInt64(start - chunkStart)))
        }
        return pieces
    }

    /// The layout whose planes have the least entropy, and the share of the raw length that they would take.
    private func guess(_ pieces: [Piece]) -> (layout: ElementLayout, share: Double)? {
        count(pieces)
        var best: (width: Int, share: Double, origin: Int)?
        for width in [2, 4, 8] {
            let entropies = (0..<width).map { entropy(ofPlace: $0, modulo: width) }
            let share = entropies.reduce(0, +) / Double(8 * width)
            // A wider element must earn it: its planes have fewer samples each, so their entropy looks lower than it is.
            if share < (best?.share ?? 1) - 0.01, let place = entropies.indices.min(by: { entropies[$0] <= entropies[$1] }) {
                // The byte with the least entropy is the most significant one; the next one begins an element.
                best = (width, share, (place + 1) % width)
            }
        }
        guard let best else { return nil }
        let layouts = [0, 1].compactMap { ElementLayout(width: best.width, rotation: $0, origin: UInt64(best.origin)) }
        return layouts.map { ($0, share(of: pieces, as: $0)) }.min { $0.1 < $1.1 }
    }

    /// Counts the bytes of all pieces by their place in the file modulo 8.
    private func count(_ pieces: [Piece]) {
        counts.withUnsafeMutableBufferPointer { counts in
            counts.update(repeating: 0)
            for piece in pieces {
                for index in 0..<piece.bytes.count { counts[(index & 7) << 8 | Int(piece.bytes[index])] += 1 }
            }
        }
    }

    /// The share of the raw length that planes of `layout` would take.
    private func share(of pieces: [Piece], as layout: ElementLayout) -> Double {
        let width = layout.width
        counts.withUnsafeMutableBufferPointer { counts in
            counts.update(repeating: 0)
            for piece in pieces {
                let lead = Int((layout.origin &- piece.fileOffset) & UInt64(width - 1))
                var start = lead
                while start + width <= piece.bytes.count {
                    var value: UInt64 = 0
                    for byte in 0..<width { value |= UInt64(piece.bytes[start + byte]) << UInt64(8 * byte) }
                    // The top bit comes in at the bottom; what else the shift pushes out at the top is not looked at.
                    if layout.rotation == 1 { value = value << 1 | value >> UInt64(8 * width - 1) }
                    for byte in 0..<width { counts[byte << 8 | Int(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)))] += 1 }
                    start += width
                }
            }
        }
        // A code for literals spends a whole bit a byte at least, if not all bytes are the same.
        let bits = (0..<width).reduce(0.0) {
            let entropy = entropy(ofPlace: $1, modulo: 8)
            return $0 + (entropy > 0 ? max(entropy, 1) : 0)
        }
        return bits / Double(8 * width) + BlockProbe.overhead
    }

    /// Entropy in bits of the bytes at all places that are `place` modulo `modulus`.
    private func entropy(ofPlace place: Int, modulo modulus: Int) -> Double {
        var total: UInt32 = 0
        var sum = 0.0
        for value in 0..<256 {
            var count: UInt32 = 0
            for index in stride(from: place, to: 8, by: modulus) { count += counts[index << 8 | value] }
            guard count > 0 else { continue }
            total += count
            sum += Double(count) * log2(Double(count))
        }
        return total == 0 ? 8 : log2(Double(total)) - sum / Double(total)
    }

    /// The share of the raw length that zstd would take, judged by its fastest ordinary level on the pieces together.
    private func shareOfZstd(_ pieces: [Piece]) -> Double {
        let length = pieces.reduce(0) { $0 + $1.bytes.count }
        let bytes = sample.bytes(length)
        var position = 0
        for piece in pieces {
            UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: piece.bytes)
            position += piece.bytes.count
        }
        guard let zstd, let compressed = try? zstd.compress(UnsafeRawBufferPointer(bytes), into: output.bytes(length)) else { return 1 }
        return Double(compressed) / Double(length)
    }
}
