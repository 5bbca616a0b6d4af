/// Which files of a Git directory, beside references, name objects that Git still needs.
enum SpecialFiles {
    /// Files of the state directories of rebase, am, cherry-pick and revert.
    static let stateFiles = [
        "rebase-merge": [
            "amend", "autostash", "done", "git-rebase-todo", "onto", "orig-head", "rewritten-list", "rewritten-pending", "squash-onto",
            "stopped-sha", "update-refs",
        ],
        "rebase-apply": ["abort-safety", "autostash", "onto", "orig-head", "original-commit", "rewritten"],
        "sequencer": ["abort-safety", "head", "todo"],
    ]

    /// Whether a file at the top of the Git directory is one: `MERGE_HEAD`, `ORIG_HEAD`, `AUTO_MERGE`, `BISECT_LOG`, …
    ///
    /// By its form, so that later kinds are seen too; not `HEAD`, which is no more than a reference, and no text that people write.
    static func isSpecial(_ name: [UInt8]) -> Bool {
        guard name.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "_") }) else { return false }
        if name.elementsEqual("HEAD".utf8) || name.elementsEqual("EDIT_DESCRIPTION".utf8) { return false }
        return !name.suffix(3).elementsEqual("MSG".utf8)
    }

    /// The full ids that stand in a file as words of their own, each once, without zeros.
    static func ids(_ bytes: [UInt8], _ format: GitObjectFormat) -> [GitObjectID] {
        var seen: Set<GitObjectID> = []
        return words(bytes).compactMap { GitObjectID(hexBytes: $0) }.filter { $0.format == format && !$0.isZero && seen.insert($0).inserted }
    }

    /// The abbreviated ids behind the commands of a todo list, such as `pick 1234567 subject`.
    static func abbreviations(_ bytes: [UInt8], _ format: GitObjectFormat) -> [String] {
        var result: [String] = []
        for line in bytes.split(separator: 0x0A) where line.first != UInt8(ascii: "#") {
            // `fixup -C <id>` has an option between.
            for word in words(Array(line)).dropFirst().prefix(2) where (4..<(2 * format.byteCount)).contains(word.count) {
                let isHex = word.allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
                }
                if isHex { result.append(String(decoding: word, as: UTF8.self)) }
            }
        }
        return result
    }

    private static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }
}
