import Glibc

/// Tells from a sample whether bytes are ones that no code for single bytes shortens, so that none is tried on them.
///
/// The lower bits of weights are such noise. On half of a block of bfloat16 and three quarters of one of float32, the attempt cost more than all else.
enum NoiseCheck {
    private static let pieceCount = 16
    private static let pieceLength = 256
    /// Bits a byte in the sample. Of 4,096 bytes, noise shows 7.95, its deviation 0.01; zstd itself gives up on literals that it can't shorten by a
    /// 64th, which is at 7.83 in the sample.
    private static let limit = 7.9

    /// c log2 c, by c.
    private static let terms: [Double] = (0...(pieceCount * pieceLength)).map { $0 == 0 ? 0 : Double($0) * log2(Double($0)) }

    static func isNoise(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let distance = bytes.count / pieceCount
        guard distance >= pieceLength else { return false }
        return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { counts in
            counts.initialize(repeating: 0)
            for piece in 0..<pieceCount {
                for byte in bytes[(piece * distance)..<(piece * distance + pieceLength)] { counts[Int(byte)] += 1 }
            }
            let total = Double(pieceCount * pieceLength)
            let sum = terms.withUnsafeBufferPointer { terms in counts.reduce(0.0) { $0 + terms[Int($1)] } }
            return log2(total) - sum / total > limit
        }
    }
}
