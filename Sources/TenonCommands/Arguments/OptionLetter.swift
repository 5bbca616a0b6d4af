import ArgumentParser

extension NameSpecification {
    /// A letter beside the option's whole name; its value may follow at once, as in Git: `-j2`, `-j 2`, `--jobs 2`.
    static func letter(_ letter: Character) -> NameSpecification {
        [.customShort(letter, allowingJoined: true), .long]
    }

    /// The same, where the whole name is not that of the property.
    static func letter(_ letter: Character, _ name: String) -> NameSpecification {
        [.customShort(letter, allowingJoined: true), .customLong(name)]
    }
}
