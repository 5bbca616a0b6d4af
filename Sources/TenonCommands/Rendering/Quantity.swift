/// Numbers as people read them.
enum Quantity {
    private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

    /// `512 B`, `1.0 KiB`, `91.3 MiB`, `1,234.5 EiB`: one decimal above bytes.
    static func bytes(_ count: UInt64) -> String {
        if count < 1024 { return "\(count) B" }
        var unit = 0
        var scale: UInt64 = 1024
        // Moves on where rounding would give 1024.0.
        while unit + 1 < units.count, tenths(count, scale) >= 10240 {
            unit += 1
            scale <<= 10
        }
        return decimal(tenths: tenths(count, scale)) + " " + units[unit]
    }

    /// `1,234,567`.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0, digits[index - 1] != "-" { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// `1 file`, `35,136 files`.
    static func count(_ number: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// `0:07`, `12:30`, `3:02:11`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "–" }
        let whole = Int(seconds.rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
    }

    /// `part / whole` as `2.3`, or `nil` where there is no whole.
    static func ratio(_ part: UInt64, _ whole: UInt64) -> String? {
        guard whole > 0 else { return nil }
        let hundredths = UInt64((Double(part) / Double(whole) * 100).rounded())
        return "\(count(hundredths / 100)).\(padded(Int(hundredths % 100)))"
    }

    static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    private static func tenths(_ count: UInt64, _ scale: UInt64) -> UInt64 {
        UInt64((Double(count) * 10 / Double(scale)).rounded())
    }

    private static func decimal(tenths: UInt64) -> String { "\(self.count(tenths / 10)).\(tenths % 10)" }
}
