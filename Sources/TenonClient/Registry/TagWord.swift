/// The rule for names of models and stages.
enum TagWord {
    static let hint = "letters, digits, '.', '_' and '-', a letter or digit first"
    private static let maximumLength = 100

    static func reasonToRefuse(_ text: String) -> String? {
        guard let first = text.utf8.first else { return "it is empty" }
        if text.utf8.count > maximumLength { return "it is longer than \(maximumLength) bytes" }
        guard isAlphanumeric(first) else { return "it does not begin with a letter or digit" }
        guard text.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) }) else { return "it holds another character" }
        // Git's own rules for names of references: git-check-ref-format(1).
        if text.contains("..") || text.hasSuffix(".") || text.hasSuffix(".lock") { return "Git takes no such name" }
        return nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
