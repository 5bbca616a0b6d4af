import TenonHooks

/// Tenon's part of a repository's Git configuration: a file of its own that the repository's includes.
///
/// So nothing of the person's is written over, whoever sets `core.hooksPath` again later: an included file that stands last is read last.
enum HookConfiguration {
    /// The name that Git knows Tenon's hook for an event by.
    static func hookName(_ script: GitHook) -> String { "tenon-\(script.rawValue)" }

    /// The files by their names in the shared Git directory, with their texts.
    static func files(_ manner: HookManner, _ survey: HookSurvey) -> [String: String] {
        let main = HookSurvey.configurationName
        let head = "# Written by \"tenon hooks install\"; \"tenon hooks uninstall\" takes it out.\n"
        switch manner {
        case .configured: return [main: head + survey.wanted.map { section($0, survey) }.joined()]
        case .redirected:
            guard survey.isBesideWorkTree else {
                return [main: head + "[core]\n\thooksPath = \(quoted(survey.ownDirectory))\n"]
            }
            // Relative to the top of the work tree, so that the repository may be moved, or mounted elsewhere; a linked work tree has no such place.
            return [
                main: head + "[core]\n\thooksPath = .git/\(HookSurvey.ownDirectoryName)\n"
                    + "[includeIf \"gitdir:.git/worktrees/\"]\n\tpath = hooks-worktrees.gitconfig\n",
                HookSurvey.worktreeConfigurationName: head + "[core]\n\thooksPath = \(quoted(survey.ownDirectory))\n",
            ]
        case .files, .off: return [:]
        }
    }

    /// One hook: Git hands the command to `sh`, with the hook's arguments behind it.
    private static func section(_ script: GitHook, _ survey: HookSurvey) -> String {
        let absolute = ShellWord.quoted("\(survey.ownDirectory)/\(script.rawValue)")
        let relative = ".git/\(HookSurvey.ownDirectoryName)/\(script.rawValue)"
        // A repository that was moved is found from the top of its work tree.
        let command = "hook=\(absolute); [ -x \"$hook\" ] || hook=\(relative); [ ! -x \"$hook\" ] || \"$hook\""
        return "[hook \"\(hookName(script))\"]\n\tcommand = \(quoted(command))\n\tevent = \(script.rawValue)\n"
    }

    /// A value as Git's configuration takes it.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for character in value {
            switch character {
            case "\\", "\"": text += "\\\(character)"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            default: text.append(character)
            }
        }
        return text + "\""
    }
}
