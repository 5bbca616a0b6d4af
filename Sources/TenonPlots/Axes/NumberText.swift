import Glibc

/// Numbers as they stand on axes and in tables.
package enum NumberText {
    /// With so many significant digits at most, without zeros that say nothing.
    package static func short(_ value: Double, digits: Int = 6) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "∞" : "−∞" }
        if value == 0 { return "0" }
        let magnitude = value.magnitude
        if magnitude >= 1e7 || magnitude < 1e-4 { return scientific(value, digits: 4) }
        // The place of the first digit: 1 for ones, 0 for tenths, −1 for hundredths.
        let place = Int(log10(magnitude).rounded(.down)) + 1
        return grouped(trimmed(fixed(value, decimals: max(0, digits - place))))
    }

    /// With so many decimal places. For magnitudes below 10^15.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = pow(10, Double(decimals))
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let digits = String(UInt64(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -decimals)
        let sign = value < 0 && scaled > 0 ? "−" : ""
        return sign + padded[..<point] + (decimals > 0 ? "." + padded[point...] : "")
    }

    /// `1.5×10⁻⁵`.
    static func scientific(_ value: Double, digits: Int) -> String {
        guard value != 0, value.isFinite else { return short(value) }
        var exponent = Int(log10(value.magnitude).rounded(.down))
        // In two steps: ten to the power of minus 310 is none that a Double holds whole.
        var mantissa = value.magnitude / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
        if mantissa >= 10 - pow(10, Double(1 - digits)) / 2 {
            mantissa /= 10
            exponent += 1
        }
        let shown = trimmed(fixed(mantissa, decimals: max(0, digits - 1)))
        return (value < 0 ? "−" : "") + (shown == "1" ? "" : shown + "×") + "10" + superscript(exponent)
    }

    /// With a comma after each three digits before the point, from so many digits on.
    static func grouped(_ text: String, from least: Int = 5) -> String {
        let start = text.firstIndex(where: \.isNumber) ?? text.startIndex
        let end = text.firstIndex(of: ".") ?? text.endIndex
        let digits = Array(text[start..<end])
        guard digits.count >= least else { return text }
        var result = String(text[..<start])
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result + text[end...]
    }

    private static func superscript(_ number: Int) -> String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return (number < 0 ? "⁻" : "") + String(String(number.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } })
    }

    static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text[...]
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return String(text)
    }
}
