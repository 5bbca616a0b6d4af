import ArgumentParser
import TenonClient

/// The version of a model: `3` or `v3`.
struct ModelVersionArgument: ExpressibleByArgument, Hashable {
    let number: Int

    init?(argument: String) {
        let digits = argument.hasPrefix("v") ? argument.dropFirst() : argument[...]
        guard digits.utf8.count <= 9, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), number > 0 else { return nil }
        self.number = number
    }
}
