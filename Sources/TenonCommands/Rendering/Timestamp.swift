import Glibc

/// Times as Git prints them.
enum Timestamp {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Mon Nov 23 12:04:29 2026 +0100`: `time` in seconds since 1970, seen at `offset` minutes east of Greenwich.
    static func git(_ time: Int64, offset: Int) -> String {
        // An offset beyond a day is a broken commit's.
        let offset = (-1439...1439).contains(offset) ? offset : 0
        let (seen, overflow) = time.addingReportingOverflow(Int64(offset) * 60)
        guard !overflow, let parts = parts(of: seen) else { return "@\(time)" }
        let zone = "\(offset < 0 ? "-" : "+")\(Quantity.padded(abs(offset) / 60))\(Quantity.padded(abs(offset) % 60))"
        return "\(days[Int(parts.tm_wday)]) \(months[Int(parts.tm_mon)]) \(parts.tm_mday) \(clock(parts)) \(Int(parts.tm_year) + 1900) \(zone)"
    }

    /// `2026-11-23 12:04:29`, in the time zone of whoever reads it.
    static func local(_ time: Int64) -> String {
        var value = time_t(time)
        var parts = tm()
        guard localtime_r(&value, &parts) != nil else { return "@\(time)" }
        return "\(Int(parts.tm_year) + 1900)-\(Quantity.padded(Int(parts.tm_mon) + 1))-\(Quantity.padded(Int(parts.tm_mday))) \(clock(parts))"
    }

    private static func parts(of time: Int64) -> tm? {
        var value = time_t(time)
        var parts = tm()
        return gmtime_r(&value, &parts) == nil ? nil : parts
    }

    private static func clock(_ parts: tm) -> String {
        "\(Quantity.padded(Int(parts.tm_hour))):\(Quantity.padded(Int(parts.tm_min))):\(Quantity.padded(Int(parts.tm_sec)))"
    }
}
