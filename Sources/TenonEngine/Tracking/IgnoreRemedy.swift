import TenonCore
import TenonGit

/// What to do about a rule that makes Git ignore a pointer: lines that ignore what the rule did, and let pointers through.
///
/// After gitignore(5), "it is not possible to re-include a file if a parent directory of that file is excluded": so a rule for a directory has to
/// become one for what lies in it. Foreign rules are never rewritten unasked.
struct IgnoreRemedy {
    let check: IgnoreCheck

    private var pattern: String { displayName(check.pattern) }

    /// What a person is told, to be followed to the letter.
    var hint: String {
        let lines = replacement.map { "'\($0)'" }.joined(separator: ", ")
        if isTracked { return "in \(displayName(check.source)), write in place of line \(check.line), one below the other: \(lines)" }
        let all = (reopening.map { "'\($0)', " } ?? "") + lines
        return "add to .gitignore at the top, one below the other, which goes before \(displayName(check.source)): \(all)"
    }

    /// Whether the rule stands in a `.gitignore` of the work tree, which everyone shares.
    private var isTracked: Bool {
        let isIgnoreFile = check.source == Array(".gitignore".utf8) || check.source.suffix(11).elementsEqual("/.gitignore".utf8)
        return check.source.first != UInt8(ascii: "/") && isIgnoreFile
    }

    /// The pattern without what makes it a directory's, and whether it is bound to the directory of its file.
    private var stem: (text: String, isBound: Bool) {
        var text = pattern[...]
        for suffix in ["/**/*", "/**", "/*", "/"] where text.hasSuffix(suffix) {
            // `data/` has no slash that counts, `data/*` has.
            let isBound = suffix != "/" || text.dropLast().contains("/")
            text = text.dropLast(suffix.count)
            return (String(text), isBound)
        }
        return (String(text), text.contains("/"))
    }

    private var replacement: [String] {
        let (text, isBound) = stem
        if pattern == "*" || pattern == "**" || text.isEmpty || text == "**" { return [pattern, "!*/", "!*.tenon"] }
        // A rule for files by their ending: directories were never its.
        if pattern.hasSuffix(".tenon") { return ["!*.tenon"] }
        let stem = text.hasPrefix("/") || text.hasPrefix("**/") ? text : isBound ? "/" + text : "**/" + text
        return ["\(stem)/**", "!\(stem)/**/", "!*.tenon"]
    }

    /// For a rule that can't be rewritten: the line that takes the directory back before its content is ignored.
    private var reopening: String? {
        let (text, isBound) = stem
        if pattern == "*" || pattern == "**" || text.isEmpty || pattern.hasSuffix(".tenon") { return nil }
        return "!" + (text.hasPrefix("/") || text.hasPrefix("**/") ? text : isBound ? "/" + text : text) + "/"
    }
}
