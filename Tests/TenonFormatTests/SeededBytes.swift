/// Bytes that are the same on every machine: SplitMix64 from a seed.
struct SeededBytes: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var output = state
        output = (output ^ (output >> 30)) &* 0xBF58_476D_1CE4_E5B9
        output = (output ^ (output >> 27)) &* 0x94D0_49BB_1331_11EB
        return output ^ (output >> 31)
    }

    /// `count` bytes that no codec makes shorter.
    mutating func noise(_ count: Int) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    /// `count` bytes of words from a short list: what any codec makes shorter.
    mutating func text(_ count: Int) -> [UInt8] {
        let words = ["alpha ", "beta ", "gamma ", "delta\n", "epsilon ", "zeta, ", "eta ", "theta.\n"].map { Array($0.utf8) }
        var bytes = [UInt8]()
        while bytes.count < count { bytes += words[Int(next() % 8)] }
        return Array(bytes.prefix(count))
    }

    /// `count` little-endian float32 values, near zero as weights are: the sum of four uniform ones.
    mutating func weights(_ count: Int) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(4 * count)
        for _ in 0..<count {
            let random = next()
            var sum: Float = 0
            for part in 0..<4 { sum += Float(Int16(truncatingIfNeeded: random >> UInt64(16 * part))) / 32768 }
            withUnsafeBytes(of: (sum * 0.04).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
