import TenonCore

/// How errors about `tenon.yaml`, and files that are read as it is, are worded: file, line, key, what it is, what it may be.
enum SettingsError {
    /// `tenon.yaml:LINE: what`, with `expected` as the reason.
    static func at(_ line: Int?, _ what: String, _ expected: String, hint: String? = nil, file: String = Settings.fileName) -> TenonError {
        TenonError(.invalidArgument, "\(place(line, file: file)): \(what)", cause: expected, hint: hint)
    }

    /// `tenon.yaml:LINE`, as compilers write it.
    static func place(_ line: Int?, file: String = Settings.fileName) -> String {
        file + (line.map { ":\($0)" } ?? "")
    }

    /// `text`, or its beginning, as it may be shown.
    static func shown(_ text: String) -> String {
        let limit = 60
        return "'\(displayName(String(text.unicodeScalars.prefix(limit)).utf8))\(text.unicodeScalars.count > limit ? "…" : "")'"
    }

    /// `did you mean 'X'?` for the nearest of `words`, if one is near.
    static func suggestion(for text: String, among words: [String]) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        return EditDistance.suggestions(for: text.lowercased(), among: words).first.map { "did you mean '\($0)'?" }
    }
}
