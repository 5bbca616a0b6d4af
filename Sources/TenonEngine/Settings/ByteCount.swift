/// Sizes as people write them.
enum ByteCount {
    /// The bytes that `text` says: a whole number, then nothing, `B`, `kB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`, `TB` or `TiB`.
    static func parse(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        let factor: UInt64
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }).lowercased() {
        case "", "b": factor = 1
        case "kb": factor = 1000
        case "k", "kib": factor = 1 << 10
        case "mb": factor = 1_000_000
        case "m", "mib": factor = 1 << 20
        case "gb": factor = 1_000_000_000
        case "g", "gib": factor = 1 << 30
        case "tb": factor = 1_000_000_000_000
        case "t", "tib": factor = 1 << 40
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
