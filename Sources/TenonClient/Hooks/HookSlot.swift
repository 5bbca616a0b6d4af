import TenonHooks

/// The place of one hook in a directory of hooks, and the places beside it where tools that install hooks put what they find.
package struct HookSlot: Sendable {
    package var script: GitHook
    /// The file that Git runs.
    package var current: HookFile
    /// Where Tenon keeps the hook that it found, which runs after its own.
    package var aside: HookFile
    /// Where the pre-commit framework keeps the hook that it found; its own runs that one first.
    package var legacy: HookFile
    /// Where lefthook keeps the hook that it found; nothing runs that one.
    package var old: HookFile

    package init(script: GitHook, current: HookFile, aside: HookFile, legacy: HookFile, old: HookFile) {
        self.script = script
        self.current = current
        self.aside = aside
        self.legacy = legacy
        self.old = old
    }

    package static let asideSuffix = ".before-tenon"

    static func read(_ script: GitHook, in directory: String) -> HookSlot {
        let path = "\(directory)/\(script.rawValue)"
        return HookSlot(
            script: script, current: .read(path), aside: .read(path + asideSuffix), legacy: .read(path + ".legacy"), old: .read(path + ".old"))
    }

    /// Whether the framework's hook, which lies in Tenon's place, runs Tenon's first.
    package var runsThroughLegacy: Bool { current.author == .preCommit && legacy.isOurs }

    /// The file of ours that runs here, if one does.
    package var running: HookFile? {
        if current.isOurs { return current }
        return runsThroughLegacy ? legacy : nil
    }
}
