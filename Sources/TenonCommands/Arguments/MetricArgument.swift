import ArgumentParser

/// `NAME=NUMBER`.
struct MetricArgument: ExpressibleByArgument, Hashable {
    let name: String
    let value: Double

    init?(argument: String) {
        guard let equal = argument.lastIndex(of: "="), equal > argument.startIndex, let value = Double(argument[argument.index(after: equal)...]),
            value.isFinite
        else { return nil }
        name = String(argument[..<equal])
        self.value = value
    }
}
