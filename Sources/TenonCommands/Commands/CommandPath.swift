import ArgumentParser

/// The commands that words name, each a subcommand of the one before: `exp`, `compare`.
struct CommandPath {
    private(set) var names: [String] = []
    /// The last one's.
    private(set) var type: any ParsableCommand.Type = Tenon.self
    /// The first word that names none.
    private(set) var rest: String?

    init(_ words: some Sequence<String>) {
        for word in words {
            guard let next = CommandPath.subcommands(of: type).first(where: { $0._commandName == word }) else {
                rest = word
                return
            }
            names.append(word)
            type = next
        }
    }

    /// Whether the last one does its work by subcommands.
    var takesMore: Bool { !CommandPath.subcommands(of: type).isEmpty }

    private static func subcommands(of type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        type.configuration.ungroupedSubcommands + type.configuration.groupedSubcommands.flatMap(\.subcommands)
    }
}
