import ArgumentParser

/// `NAME=NUMBER`, where the number may be infinite or none.
struct LoggedMetricArgument: ExpressibleByArgument, Hashable {
    let name: String
    let value: Double

    init?(argument: String) {
        guard let equal = argument.lastIndex(of: "="), equal > argument.startIndex, let value = Double(argument[argument.index(after: equal)...])
        else {
            return nil
        }
        name = String(argument[..<equal])
        self.value = value
    }
}
