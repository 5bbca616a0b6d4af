/// The 256 numbers of the Gear hash: the first 256 outputs of SplitMix64 with seed 0x9E3779B97F4A7C15.
///
/// SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014); the seed is the state before the first step.
enum GearTable {
    static let values: [UInt64] = {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var output = state
            output = (output ^ (output >> 30)) &* 0xBF58_476D_1CE4_E5B9
            output = (output ^ (output >> 27)) &* 0x94D0_49BB_1331_11EB
            return output ^ (output >> 31)
        }
    }()
}
