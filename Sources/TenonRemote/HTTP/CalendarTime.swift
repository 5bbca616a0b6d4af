import Glibc

/// Times as HTTP, XML replies and signatures write them; all in UTC.
enum CalendarTime {
    /// `20130524T000000Z`, from seconds since 1970.
    static func basic(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func padded(_ value: Int32, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2) + "T" + padded(parts.tm_hour, 2)
            + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2) + "Z"
    }

    /// Milliseconds since 1970 of `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110, IMF-fixdate); `nil` for another form.
    static func milliseconds(httpDate text: some StringProtocol) -> Int64? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let day = number(fields[1], 1...31), let year = number(fields[3], 1970...9999),
            let month = months.firstIndex(of: String(fields[2])), let clock = clock(fields[4])
        else { return nil }
        return (days(year, month + 1, day) * 86400 + clock) * 1000
    }

    /// Milliseconds since 1970 of `2013-05-24T00:00:00.000Z` (RFC 3339 in UTC); `nil` for another form.
    static func milliseconds(iso text: some StringProtocol) -> Int64? {
        guard text.utf8.count <= 40, text.hasSuffix("Z") || text.hasSuffix("UTC") else { return nil }
        let halves = text.dropLast(text.hasSuffix("Z") ? 1 : 3).split(separator: "T")
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-")
        let time = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        guard date.count == 3, (1...2).contains(time.count), let year = number(date[0], 1970...9999), let month = number(date[1], 1...12),
            let day = number(date[2], 1...31), let clock = clock(time[0])
        else { return nil }
        var fraction: Int64 = 0
        if time.count == 2 {
            guard let value = number(time[1].prefix(3), 0...999) else { return nil }
            fraction = Int64(value) * (time[1].utf8.count == 1 ? 100 : time[1].utf8.count == 2 ? 10 : 1)
        }
        return (days(year, month, day) * 86400 + clock) * 1000 + fraction
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func number(_ text: some StringProtocol, _ range: ClosedRange<Int>) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text), range.contains(value)
        else {
            return nil
        }
        return value
    }

    private static func clock(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let hour = number(parts[0], 0...23), let minute = number(parts[1], 0...59), let second = number(parts[2], 0...60)
        else {
            return nil
        }
        return Int64(hour * 3600 + minute * 60 + second)
    }

    /// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return Int64(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }
}
