import TenonAPI
import TenonCore

/// A first word that is no command.
struct UnknownCommand: Error {
    var name: String
    /// The commands that it should be a subcommand of.
    var parents: [String] = []

    var described: TenonError {
        if !parents.isEmpty {
            let parent = parents.joined(separator: " ")
            return TenonError(
                .invalidArgument, "'\(displayName(ArgumentEscape.bytes(of: name)))' is not a command of 'tenon \(parent)'",
                hint: "'tenon help \(parent)' lists them")
        }
        let near = EditDistance.suggestions(for: name, among: Overview.shownNames)
        return TenonError(
            .invalidArgument, "'\(displayName(ArgumentEscape.bytes(of: name)))' is not a command of Tenon",
            hint: near.isEmpty ? "'tenon' alone lists the commands" : "did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?")
    }
}
