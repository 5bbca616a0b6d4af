import Glibc
import TenonAPI

/// What `git commit` was told on its command line: Git gives its hooks neither `--amend` nor the paths.
///
/// See docs/decisions/what-a-commit-takes-along.md.
struct GitCommitLine: Equatable {
    var amends = false
    var allowsEmpty = false
    var pathspecs: [[UInt8]] = []

    /// Reads the arguments of a process; `nil` if it is not `git commit`.
    init?(_ arguments: [[UInt8]]) {
        var words = arguments.map { String(decoding: $0, as: UTF8.self) }[...]
        guard let program = words.popFirst()?.split(separator: "/").last else { return nil }
        if program == "git" {
            while let word = words.first, word.hasPrefix("-") {
                words = words.dropFirst(GitCommitLine.valueOptionsOfGit.contains(word) ? 2 : 1)
            }
            guard words.popFirst() == "commit" else { return nil }
        } else if program != "git-commit" {
            return nil
        }
        read(words, arguments)
    }

    /// Options of `git` whose value is the next word.
    private static let valueOptionsOfGit: Set<String> = [
        "-c", "-C", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix", "--attr-source", "--exec-path",
    ]

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

    // MARK: The processes above

    /// The command line of the nearest `git` above this process; `nil` if that does not commit, or can't be seen.
    static func ofAncestors() -> GitCommitLine? {
        var process = getppid()
        for _ in 0..<12 where process > 1 {
            guard let arguments = arguments(of: process), let program = arguments.first else { return nil }
            let name = program.split(separator: UInt8(ascii: "/")).last ?? []
            if name.elementsEqual("git".utf8) || name.elementsEqual("git-commit".utf8) { return GitCommitLine(arguments) }
            guard let parent = parent(of: process) else { return nil }
            process = parent
        }
        return nil
    }

    private static func arguments(of process: pid_t) -> [[UInt8]]? {
        guard let bytes = InputStream.bytes(at: "/proc/\(process)/cmdline", limit: 4 << 20) else { return nil }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { Array($0) }
    }

    private static func parent(of process: pid_t) -> pid_t? {
        guard let bytes = InputStream.bytes(at: "/proc/\(process)/stat", limit: 4096) else { return nil }
        // The name stands in parentheses and may hold any byte; behind it come the state and the parent.
        let rest = bytes.lastIndex(of: UInt8(ascii: ")")).map { bytes[($0 + 1)...] } ?? []
        let words = rest.split(separator: UInt8(ascii: " "))
        return words.count > 1 ? pid_t(String(decoding: words[1], as: UTF8.self)) : nil
    }
}
