import ArgumentParser

/// A share as people write it: `5%`, `0.5%`; over 0 and at most 100.
struct Percentage: ExpressibleByArgument {
    /// Over 0, up to 1.
    let share: Double

    init?(argument: String) {
        guard argument.hasSuffix("%"), let number = Double(argument.dropLast()), number > 0, number <= 100 else { return nil }
        share = number / 100
    }

    /// `5%`, `0.5%`, `33.3%`: at most three decimals.
    static func text(_ share: Double) -> String {
        let thousandths = (share * 100_000).rounded() / 1000
        return thousandths == thousandths.rounded() ? "\(Int(thousandths))%" : "\(thousandths)%"
    }
}
