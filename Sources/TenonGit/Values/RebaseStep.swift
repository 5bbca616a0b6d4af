/// Where a rebase stands, from the files of its state directory.
package struct RebaseStep: Sendable, Hashable {
    /// What Git does when the present command is done.
    package enum Next: Sendable, Hashable {
        /// Applies another commit at once.
        case commit
        /// Gives way: to the person (`break`) or to a command (`exec`).
        case pause
        /// Nothing more.
        case end
    }

    /// Whether Git has stopped, or will when the present command is done: for `edit`, for a commit that could not be applied, for a command.
    package let isStopping: Bool
    package let next: Next
    /// Where the branch stood before, and stands again after `--abort`.
    package let original: GitObjectID?
}

/// Reads the todo list of a rebase: one command a line, by its name or its letter.
enum RebaseTodo {
    /// What follows a list of commands that are still to be done.
    static func next(_ todo: [UInt8]) -> RebaseStep.Next {
        for command in commands(todo) {
            switch command {
            case "exec", "x", "break", "b": return .pause
            // These apply nothing and stop nowhere.
            case "drop", "d", "label", "l", "update-ref", "u", "noop": continue
            default: return .commit
            }
        }
        return .end
    }

    /// Whether the last of the commands that were begun is one that ends with a stop.
    static func isStop(_ done: [UInt8]) -> Bool {
        ["edit", "e", "exec", "x", "break", "b"].contains(commands(done).last ?? "")
    }

    private static func commands(_ text: [UInt8]) -> [String] {
        text.split(separator: 0x0A).compactMap { line in
            guard let word = line.split(separator: 0x20, maxSplits: 1).first, line.first != UInt8(ascii: "#") else { return nil }
            return String(decoding: word.prefix(16), as: UTF8.self)
        }
    }
}
