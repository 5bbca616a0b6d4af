/// What `git commit` was told on its command line: Git gives its hooks neither `--amend` nor the paths.
///
/// See docs/decisions/what-a-commit-takes-along.md.
struct GitCommitLine: Equatable {
    var amends = false
    var allowsEmpty = false
    var pathspecs: [[UInt8]] = []

    /// `nil` if `git` does something else.
    init?(_ git: GitAncestor?) {
        guard let git, git.command == "commit" else { return nil }
        read(git.words.map { String(decoding: $0, as: UTF8.self) }[...], Array(git.words))
    }

    /// Options of `git commit` with a value, and the others. A long option may be cut short as long as it is clear (`gitcli(7)`).
    private static let valueOptions = [
        "author", "cleanup", "date", "file", "fixup", "message", "pathspec-from-file", "reedit-message", "reuse-message", "squash", "template",
        "trailer",
    ]
    private static let plainOptions = [
        "ahead-behind", "all", "allow-empty", "allow-empty-message", "amend", "branch", "dry-run", "edit", "gpg-sign", "include", "interactive",
        "long",
        "no-verify", "null", "only", "patch", "pathspec-file-nul", "porcelain", "post-rewrite", "quiet", "reset-author", "short", "signoff", "status",
        "untracked-files", "verbose", "verify",
    ]
    private static let shortOptionsWithValue = "mFCct"
    /// Their value, if any, follows in the same word.
    private static let shortOptionsWithRest = "Su"

    private mutating func read(_ words: ArraySlice<String>, _ arguments: [[UInt8]]) {
        var position = words.startIndex
        while position < words.endIndex {
            let word = words[position]
            position += 1
            if word == "--" {
                pathspecs += arguments[position...]
                return
            }
            if word.hasPrefix("--") {
                if readLong(word.dropFirst(2)) { position += 1 }
            } else if word.hasPrefix("-"), word != "-" {
                if GitCommitLine.takesNext(shorts: word.dropFirst()) { position += 1 }
            } else {
                pathspecs.append(arguments[position - 1])
            }
        }
    }

    /// Takes in a long option; returns whether the next word is its value.
    private mutating func readLong(_ option: Substring) -> Bool {
        let name = option.prefix { $0 != "=" }
        switch GitCommitLine.resolved(name) {
        case "amend": amends = true
        case "no-amend": amends = false
        case "allow-empty": allowsEmpty = true
        case "no-allow-empty": allowsEmpty = false
        case let full?: return name.count == option.count && GitCommitLine.valueOptions.contains(full)
        case nil: break
        }
        return false
    }

    private static func resolved(_ name: Substring) -> String? {
        let all = (valueOptions + plainOptions).flatMap { [$0, "no-" + $0] }
        if let exact = all.first(where: { $0 == name }) { return exact }
        let fitting = all.filter { $0.hasPrefix(name) }
        return fitting.count == 1 ? fitting.first : nil
    }

    /// Whether the value of the last of these letters is the next word: `-am TEXT`, but not `-amTEXT`.
    private static func takesNext(shorts: Substring) -> Bool {
        for (position, letter) in shorts.enumerated() {
            if shortOptionsWithRest.contains(letter) { return false }
            if shortOptionsWithValue.contains(letter) { return position == shorts.count - 1 }
        }
        return false
    }
}
