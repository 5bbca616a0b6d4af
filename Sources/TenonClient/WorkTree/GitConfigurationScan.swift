/// Reads one plain setting from the text of a Git configuration file, and leaves everything that is not plain to `git config`.
///
/// It saves a command some milliseconds; it never guesses.
enum GitConfigurationScan {
    enum Answer: Equatable {
        case absent
        case value(String)
        /// The file says something that only Git's own parser should judge.
        case askGit
    }

    /// `tenon.store`.
    static func store(in bytes: [UInt8]) -> Answer {
        guard let text = String(validating: bytes, as: UTF8.self) else { return .askGit }
        let lowered = withoutHooks(text).lowercased()
        if lowered.contains("[include") { return .askGit }
        guard lowered.contains("tenon") else { return .absent }
        var isInside = false
        var found: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingSpace()
            if line.hasPrefix("[") {
                let header = line.lowercased()
                isInside = header == "[tenon]"
                if !isInside, header.hasPrefix("[tenon"), !header.hasPrefix("[tenon \"") { return .askGit }
                // A setting may stand behind its section's name.
                guard line.hasSuffix("]") else { return .askGit }
            } else if line.hasSuffix("\\") {
                return .askGit
            } else if isInside, line.lowercased().hasPrefix("store") {
                let rest = line.dropFirst("store".count).trimmingSpace()
                guard rest.hasPrefix("=") else { continue }
                let value = rest.dropFirst().trimmingSpace()
                guard value.hasPrefix("/"), !value.contains(where: { "\"\\;#".contains($0) }) else { return .askGit }
                found = String(value)
            }
        }
        return found.map { .value($0) } ?? .absent
    }

    /// Whether a Git directory's configuration may say that its work tree is not the directory that holds it.
    static func mayMoveWorkTree(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return true }
        let packed = withoutHooks(text).lowercased().filter { !$0.isWhitespace }
        if packed.contains("worktree") || packed.contains("[include") { return true }
        return packed.occurrences(of: "bare") != packed.occurrences(of: "bare=false")
    }

    /// `text` without the lines, as Git writes them, that include Tenon's own hook settings: nothing that is asked for here stands there.
    private static func withoutHooks(_ text: String) -> String {
        let lines = "[include]\n\tpath = \(HookSurvey.configurationName)\n"
        var rest = text[...]
        while !rest.isEmpty {
            // Another path in the same section may be anything.
            if rest.hasPrefix(lines), [nil, "["].contains(rest.dropFirst(lines.count).first) {
                return String(text[..<rest.startIndex] + rest.dropFirst(lines.count))
            }
            guard let end = rest.firstIndex(of: "\n") else { break }
            rest = rest[rest.index(after: end)...]
        }
        return text
    }
}

extension StringProtocol {
    fileprivate func trimmingSpace() -> Substring {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    fileprivate func occurrences(of word: String) -> Int {
        var count = 0
        var rest = Substring(self)
        while let start = rest.indices.first(where: { rest[$0...].hasPrefix(word) }) {
            count += 1
            rest = rest[start...].dropFirst(word.count)
        }
        return count
    }
}
