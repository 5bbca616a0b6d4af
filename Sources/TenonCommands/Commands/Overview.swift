import ArgumentParser

/// What `tenon` alone prints: the commands in groups, a line for each.
enum Overview {
    static var text: String {
        let configuration = Tenon.configuration
        let width = configuration.groupedSubcommands.flatMap(\.subcommands).map { $0._commandName.count }.max() ?? 0
        var text = "usage: \(configuration.usage ?? "")\n\n\(configuration.abstract)\n"
        for group in configuration.groupedSubcommands {
            text += "\n\(group.name)\n"
            for command in group.subcommands where command.configuration.shouldDisplay {
                let name = command._commandName
                text += "   \(name)\(String(repeating: " ", count: width - name.count + 3))\(command.configuration.abstract)\n"
            }
        }
        return text + "\n'tenon help <command>' tells more about each.\n"
    }

    /// The names that stand first after `tenon`.
    static var commandNames: [String] { Tenon.configuration.ungroupedSubcommands.map { $0._commandName } + shownNames }

    /// Those of them that are shown.
    static var shownNames: [String] { Tenon.configuration.groupedSubcommands.flatMap(\.subcommands).map { $0._commandName } + ["help"] }
}
