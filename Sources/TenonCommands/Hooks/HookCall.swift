import TenonClient
import TenonHooks

/// What Git calls a hook with.
struct HookCall {
    var hook: GitHook
    var arguments: [String]
}

extension HookCall {
    /// `hook NAME ARGUMENT...`, read without the parser; `nil` if the words are something else, or a name that is no hook's.
    init?(_ words: [String]) {
        guard words.count >= 2, words[0] == Hook.configuration.commandName, let hook = GitHook(rawValue: words[1]) else { return nil }
        self.init(hook: hook, arguments: Array(words.dropFirst(2)))
    }

    /// Does what the hook asks for, and says with which status Git's hook is to end.
    func perform() throws -> Int32 {
        HookRun(hook: hook, arguments: arguments.map(ArgumentEscape.bytes), environment: try ClientEnvironment.ofProcess()).run()
    }
}
