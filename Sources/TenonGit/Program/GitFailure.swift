import TenonCore

/// What Git's words on standard error mean. `git` is run with `LC_ALL=C`, so they are English.
enum GitFailure {
    /// The error for a command that did not succeed.
    static func error(of outcome: GitProcess.Outcome, command: String, directory: [UInt8]) -> TenonError {
        let text = displayText(outcome.errorText)
        let place = displayName(directory)
        if text.contains("dubious ownership") || text.contains("unsafe repository") {
            return foreignOwner(place)
        }
        if text.contains("not a git repository") || text.contains("invalid gitfile format") {
            return notARepository(place, cause: text)
        }
        if text.contains("must be run in a work tree") {
            return bare(place)
        }
        if text.contains("unknown repository extension") || text.contains("repo version") || text.contains("invalid value for 'extensions.") {
            return TenonError(
                .unsupportedVersion, "the installed git can't open the repository at '\(place)'", cause: text,
                hint: "install the release of git that made it, or a newer one")
        }
        if text.contains(".lock': File exists") || text.contains("Unable to create") && text.contains("File exists") {
            return TenonError(
                .busy, "another Git process holds the index of '\(place)'", cause: text,
                hint: "wait for it to end; if there is none, remove the lock file that is named")
        }
        if text.contains("bad config") || text.contains("bad numeric config value") {
            return TenonError(.git, "Git's configuration can't be read", cause: text, hint: "correct the line that is named")
        }
        if text.contains("corrupt") || text.contains("bad object") || text.contains("unable to read") || text.contains("index file smaller")
            || text.contains("bad signature") || text.contains("bad index file") || text.contains("missing object")
        {
            return TenonError(.corrupt, "the Git repository at '\(place)' is damaged", cause: text, hint: "run 'git fsck' there")
        }
        return TenonError(.git, "\(command) failed in '\(place)'", cause: text.isEmpty ? "exit status \(outcome.status)" : text)
    }

    static func foreignOwner(_ place: String) -> TenonError {
        TenonError(
            .permission, "the Git repository at '\(place)' is owned by someone else",
            cause: "Git detected dubious ownership: it reads configuration only of repositories that are yours",
            hint: "to trust it: git config --global --add safe.directory '\(place)'")
    }

    static func notARepository(_ place: String, cause: String? = nil) -> TenonError {
        TenonError(
            .notARepository, "'\(place)' is not the top of a Git work tree", cause: cause,
            hint: "go to a directory of a Git repository, or make one with 'git init'")
    }

    static func bare(_ place: String) -> TenonError {
        TenonError(
            .notARepository, "'\(place)' is a bare Git repository: it has no work tree",
            hint: "work in a clone of it, or in a work tree made by 'git worktree add'")
    }

    /// Git's own `fatal:` and `hint:` lines in one line, without control characters.
    static func displayText(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(separator: "\n") {
            var line = line
            for prefix in ["fatal: ", "error: "] where line.hasPrefix(prefix) { line = line.dropFirst(prefix.count) }
            lines.append(displayName(Array(line.utf8)))
        }
        let joined = lines.prefix(6).joined(separator: "; ")
        return joined.hasSuffix(".") ? String(joined.dropLast()) : joined
    }
}
