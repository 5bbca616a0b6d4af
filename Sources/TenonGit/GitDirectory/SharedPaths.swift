/// Which files of a Git directory all work trees of a repository share.
///
/// The list of gitrepository-layout(5) and of `common_list` in Git's `path.c`.
enum SharedPaths {
    private static let shared = [
        "branches", "common", "config", "gc.pid", "hooks", "info", "logs", "lost-found", "modules", "objects", "packed-refs", "refs", "reftable",
        "remotes", "rr-cache", "shallow", "svn", "worktrees",
    ]
    private static let own = [
        "info/sparse-checkout", "logs/HEAD", "logs/refs/bisect", "logs/refs/rewritten", "logs/refs/worktree", "refs/bisect", "refs/rewritten",
        "refs/worktree",
    ]

    /// Whether `path`, from the Git directory, lies in the common one.
    static func contains(_ path: String) -> Bool {
        func isWithin(_ ancestor: String) -> Bool { path == ancestor || path.hasPrefix(ancestor + "/") }
        return shared.contains(where: isWithin) && !own.contains(where: isWithin)
    }
}
