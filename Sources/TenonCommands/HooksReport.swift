import TenonClient

/// What `tenon hooks` prints.
struct HooksReport: Encodable {
    /// How they are installed: `config`, `files`, `hooks-path`; `nil` where they are not.
    var manner: String?
    /// Where Tenon's scripts are.
    var directory: String
    /// `core.hooksPath`, where someone else has set it.
    var hooksPath: String?
    /// Git's version, which decides the manner.
    var git: String
    var hooks: [HookStanding]
    /// Whether anything had to be done; `nil` where nothing was asked for.
    var changed: Bool?
    /// What was found and what became of it.
    var notes: [String]

    var isComplete: Bool { hooks.allSatisfy { $0.state == .installed } }
}
