/// Times in records: `2026-11-24T18:03:31.042Z`, UTC, always with milliseconds, so that there is one way to write each.
package enum RecordTime {
    private static let day: Int64 = 86_400_000
    /// The last millisecond of the year 9999.
    static let maximum: UInt64 = 253_402_300_799_999

    /// `milliseconds` since 1970; what is later than the year 9999 is written as its end.
    package static func text(_ milliseconds: UInt64) -> String {
        let time = Int64(min(milliseconds, maximum))
        let (year, month, date) = civil(time / day)
        let rest = time % day
        func padded(_ value: Int64, _ width: Int = 2) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month))-\(padded(date))T\(padded(rest / 3_600_000)):\(padded(rest / 60_000 % 60)):"
            + "\(padded(rest / 1000 % 60)).\(padded(rest % 1000, 3))Z"
    }

    /// `nil` for anything that `text` does not give.
    static func milliseconds(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return nil }
        func field(_ range: Range<Int>) -> Int64? { Int64(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = field(0..<4), let month = field(5..<7), let date = field(8..<10), let hour = field(11..<13), let minute = field(14..<16),
            let second = field(17..<19), let fraction = field(20..<23), year >= 1970, (1...12).contains(month)
        else { return nil }
        let time = days(year, month, date) * day + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
        // Whatever is out of range comes out as another text.
        guard let value = UInt64(exactly: time), self.text(value) == text else { return nil }
        return value
    }

    /// Year, month and day of a number of days since 1970, after https://howardhinnant.github.io/date_algorithms.html#civil_from_days.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (yearOfEra + era * 400 + (month < 10 ? 0 : 1), month + (month < 10 ? 3 : -9), dayOfYear - (153 * month + 2) / 5 + 1)
    }

    private static func days(_ year: Int64, _ month: Int64, _ date: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let yearOfEra = year % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date - 1
        return year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
