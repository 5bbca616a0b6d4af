import ArgumentParser

/// A length of time as people write it: `90s`, `30m`, `24h`, `7d`; a bare `0` too.
struct TimeSpan: ExpressibleByArgument {
    let seconds: UInt64

    private static let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    private static let maximum: UInt64 = 10 * 365 * 86_400

    init?(argument: String) {
        if argument == "0" {
            seconds = 0
            return
        }
        guard let unit = argument.last.flatMap({ TimeSpan.units[$0] }), let number = UInt64(argument.dropLast()),
            case (let seconds, let overflow) = number.multipliedReportingOverflow(by: unit), !overflow, seconds <= TimeSpan.maximum
        else { return nil }
        self.seconds = seconds
    }
}
