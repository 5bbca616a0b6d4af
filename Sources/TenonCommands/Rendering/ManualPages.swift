import ArgumentParser
import TenonAPI

/// Man pages in the `man(7)` macros, from what the argument parser knows of the commands (its `--experimental-dump-help`).
enum ManualPages {
    struct Page {
        /// `tenon-add.1`.
        var name: String
        var text: String
    }

    /// A page for each shown command, one for `tenon`, and one for `git-tenon` that leads to it.
    static func all() throws -> [Page] {
        let tool: Tool
        do {
            tool = try WireCoding.decode(Tool.self, from: Array(Tenon._dumpHelp().utf8))
        } catch {
            throw TenonError(.internal, "reading the commands' help failed", cause: "\(error)")
        }
        let groups = Tenon.configuration.groupedSubcommands
        var pages = [Page(name: "tenon.1", text: overview(tool.command, groups)), Page(name: "git-tenon.1", text: ".so man1/tenon.1\n")]
        for type in groups.flatMap(\.subcommands) where type.configuration.shouldDisplay {
            guard let command = tool.command.subcommands?.first(where: { $0.commandName == type._commandName }) else { continue }
            pages.append(Page(name: "tenon-\(command.commandName).1", text: page(command, type)))
        }
        return pages
    }

    /// The part of the dump that pages are made of.
    struct Tool: Decodable {
        var command: Command
    }

    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }

        var kind: String
        var shouldDisplay: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var abstract: String?
    }

    private static func overview(_ command: Command, _ groups: [CommandGroup]) -> String {
        var text = heading("tenon") + name("tenon", command.abstract)
        text += ".SH SYNOPSIS\n\(escaped(Tenon.configuration.usage ?? ""))\n.SH COMMANDS\n"
        for group in groups {
            text += ".SS \(escaped(group.name))\n"
            for type in group.subcommands where type.configuration.shouldDisplay {
                text += ".TP\n.BR tenon\\-\(escaped(type._commandName)) (1)\n\(escaped(type.configuration.abstract))\n"
            }
        }
        text += options(command.arguments ?? []) + exitStatus
        return text + ".SH SEE ALSO\n.BR git (1)\n"
    }

    private static func page(_ command: Command, _ type: any ParsableCommand.Type) -> String {
        var text = heading("tenon-\(command.commandName)") + name("tenon-\(command.commandName)", command.abstract)
        text += ".SH SYNOPSIS\n\(escaped(Tenon.usageString(for: type)))\n"
        if let discussion = command.discussion, !discussion.isEmpty { text += ".SH DESCRIPTION\n\(escaped(discussion))\n" }
        text += options(command.arguments ?? [])
        // The parser adds a `help` to every command that has some.
        for part in command.subcommands ?? [] where part.commandName != "help" {
            text += ".SH \(escaped("\(command.commandName) \(part.commandName)".uppercased()))\n\(escaped(part.abstract ?? ""))\n"
            text += options(part.arguments ?? [], isPart: true)
        }
        return text + exitStatus + ".SH SEE ALSO\n.BR tenon (1)\n"
    }

    private static func heading(_ title: String) -> String {
        ".TH \(escaped(title.uppercased())) 1 \"\" \"Tenon \(APIVersion.release)\" \"Tenon Manual\"\n"
    }

    private static func name(_ name: String, _ abstract: String?) -> String {
        let sentence = abstract ?? ""
        return ".SH NAME\n\(escaped(name)) \\- \(escaped(sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence))\n"
    }

    private static func options(_ arguments: [Argument], isPart: Bool = false) -> String {
        let shown = arguments.filter(\.shouldDisplay)
        if shown.isEmpty { return "" }
        return (isPart ? "" : ".SH OPTIONS\n") + shown.map(option).joined()
    }

    private static func option(_ argument: Argument) -> String {
        let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
        var head: String
        if argument.kind == "positional" {
            head = value
        } else {
            // Short names first, as in the help.
            let given = argument.names ?? []
            let names = (given.filter { $0.kind != "long" } + given.filter { $0.kind == "long" }).map {
                "\\fB\(escaped(($0.kind == "long" ? "--" : "-") + $0.name))\\fR"
            }
            head = names.joined(separator: ", ")
            if argument.kind == "option" { head += " \(value)" }
        }
        var text = ".TP\n\(head)\n\(escaped(argument.abstract ?? ""))\n"
        if let values = argument.allValues, !values.isEmpty {
            text += escaped("One of \(values.joined(separator: ", "))" + (argument.defaultValue.map { "; \($0) if not given" } ?? "") + ".") + "\n"
        }
        return text
    }

    private static let exitStatus = """
        .SH EXIT STATUS
        0 done, or yes; 1 the answer is no; 2 it could not be done; 64 wrong usage; 69 no daemon; 130 interrupted.

        """

    /// Text that troff takes as it is: no escapes, hyphens that can be copied, no line that looks like a request.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !result.isEmpty { result += "\n" }
            if line.isEmpty {
                result += ".PP"
                continue
            }
            if line.first == "." || line.first == "'" { result += "\\&" }
            for character in line {
                switch character {
                case "\\": result += "\\e"
                case "-": result += "\\-"
                default: result.append(character)
                }
            }
        }
        return result
    }
}
