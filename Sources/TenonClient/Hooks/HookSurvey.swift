import TenonHooks

/// What there is of hooks in a repository: all that a plan is made from.
package struct HookSurvey: Sendable {
    /// A setting of `core.hooksPath` that is not Tenon's.
    package struct HooksPath: Sendable, Hashable {
        /// The directory; a relative one starts at the top of the work tree.
        package var value: String
        /// Which kind of file says it: `system`, `global`, `local`, `worktree`, `command`.
        package var scope: String
        /// Whether it goes before Tenon's own setting.
        package var overrules: Bool

        package init(value: String, scope: String, overrules: Bool = false) {
            self.value = value
            self.scope = scope
            self.overrules = overrules
        }
    }

    package var git: GitVersion
    /// Absolute paths: the top of the work tree, the Git directory that all work trees share.
    package var topLevel: String
    package var commonDirectory: String
    /// Whether that is the `.git` at the top of the main work tree, which so finds it wherever the repository is moved to.
    package var isBesideWorkTree: Bool
    package var hooksPath: HooksPath?
    /// The directory where Git looks for hooks if nothing of Tenon's leads it elsewhere; absolute.
    package var directory: String
    /// Whether that lies in the repository's own Git directory, links followed.
    package var isOwnDirectory: Bool
    /// Whether the configuration includes Tenon's.
    package var isIncluded: Bool
    /// The files of Tenon's part of the configuration, those that there are, by their names in the shared Git directory.
    package var configuration: [String: [UInt8]]
    /// Names of hooks that `hook.<name>.enabled` turns off.
    package var disabled: Set<String>
    /// Whether `tenon.yaml` asks for the checks of each move of a ref.
    package var isStrict: Bool
    /// In the directory of hooks, and in the one that Tenon keeps itself.
    package var slots: [HookSlot]
    package var ownSlots: [HookSlot]
    /// In the directory that Git would use without `core.hooksPath`, where that is another one.
    package var idleSlots: [HookSlot]
    /// Names of the other files in the directory of hooks, and in Tenon's own.
    package var others: [String]
    package var ownOthers: [HookFile]

    /// Relative to the shared Git directory.
    package static let ownDirectoryName = "tenon/hooks"
    package static let configurationName = "tenon/hooks.gitconfig"
    package static let worktreeConfigurationName = "tenon/hooks-worktrees.gitconfig"

    package var ownDirectory: String { "\(commonDirectory)/\(Self.ownDirectoryName)" }

    /// The best way here.
    package var manner: HookManner {
        if git >= .configuredHooks { return .configured }
        if let hooksPath, HookSurvey.turnsOff(hooksPath.value) { return .off(origin: hooksPath.scope) }
        if isOwnDirectory { return .files }
        return .redirected(former: hooksPath?.value ?? directory)
    }

    /// The way that is in use, whether or not it works; `nil` where nothing is installed.
    package var installed: HookManner? {
        if isIncluded, let configuration = configuration[HookSurvey.configurationName] {
            let text = String(decoding: configuration, as: UTF8.self)
            return text.contains("hooksPath") ? .redirected(former: hooksPath?.value ?? directory) : .configured
        }
        return slots.contains { $0.running != nil } ? .files : nil
    }

    /// The hooks that this repository needs.
    package var wanted: [GitHook] { GitHook.allCases.filter { $0 != .referenceTransaction || isStrict } }

    private static func turnsOff(_ path: String) -> Bool {
        ["/dev/null", "NUL", "NUL:"].contains(path.uppercased().hasPrefix("NUL") ? path.uppercased() : path)
    }
}
