/// How Git is made to run Tenon's hooks in one repository.
package enum HookManner: Sendable, Hashable {
    /// Named in the configuration, beside whatever lies in the directory of hooks: Git 2.54 and later.
    case configured
    /// As files in the repository's own directory of hooks; a hook that was there runs after Tenon's.
    case files
    /// `core.hooksPath` leads to a directory of Tenon's, from which the hooks of `former` run after Tenon's: where `former` is not the repository's
    /// own to write to, as with husky or a person's global hooks. A relative path starts at the top of the work tree, as Git has it.
    case redirected(former: String)
    /// Someone turned all hooks off.
    case off(origin: String)

    package var name: String {
        switch self {
        case .configured: "config"
        case .files: "files"
        case .redirected: "hooks-path"
        case .off: "off"
        }
    }
}
