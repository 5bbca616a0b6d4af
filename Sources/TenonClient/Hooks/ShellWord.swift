/// Words of the POSIX shell.
enum ShellWord {
    /// `text` as one word that means itself.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
