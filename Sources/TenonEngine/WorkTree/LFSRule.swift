import TenonCore
import TenonFormat

/// A line of a `.gitattributes` that sends files to Git LFS.
struct LFSRule: Equatable {
    /// The attributes file, and the line in it, from 1.
    var file: RelativePath
    var line: Int
    /// The whole line, without its end.
    var text: [UInt8]
    var pattern: [UInt8]
    /// Whether the line says no more than what `git lfs track` writes.
    var isPlain: Bool

    /// `.gitattributes:3`
    var place: String { "\(file):\(line)" }

    /// The rules in `text`, the content of `file`. Patterns in quotes are left out: they are rare, and this is for people only.
    static func rules(in text: [UInt8], of file: RelativePath) -> [LFSRule] {
        var rules: [LFSRule] = []
        for (number, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = line.last == 0x0D ? line.dropLast() : line
            let words = line.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
            guard let pattern = words.first, !pattern.hasPrefix("#"), !pattern.hasPrefix("\""), words.contains("filter=lfs") else { continue }
            let isPlain = words.dropFirst().allSatisfy { ["filter=lfs", "diff=lfs", "merge=lfs", "-text"].contains($0) }
            rules.append(LFSRule(file: file, line: number + 1, text: Array(line), pattern: Array(pattern.utf8), isPlain: isPlain))
        }
        return rules
    }

    /// The pattern as it stands to the directory of its file: without the slash in front.
    private var bare: [UInt8] { pattern.first == UInt8(ascii: "/") ? Array(pattern.dropFirst()) : pattern }

    /// `path` as seen from the directory of the file; `nil` if it lies elsewhere.
    private func relative(_ path: RelativePath) -> RelativePath? {
        guard let directory = file.parent else { return path }
        return path.relative(to: directory)
    }

    /// Whether it is about `path` and nothing else: the file itself, or all in the directory.
    func isOnly(about path: RelativePath) -> Bool {
        guard isPlain, let bytes = relative(path)?.bytes else { return false }
        // Without a slash, a pattern is about files of that name in all directories.
        let isBound = pattern.contains(UInt8(ascii: "/"))
        return (bare == bytes && isBound) || bare == bytes + Array("/**".utf8) || bare == bytes + Array("/**/*".utf8)
    }

    /// Whether it matches the file at `path`, after gitattributes(5).
    func matches(_ path: RelativePath) -> Bool {
        guard let relative = relative(path) else { return false }
        let glob = Glob(String(decoding: bare, as: UTF8.self))
        return pattern.contains(UInt8(ascii: "/")) ? glob.matches(relative.bytes) : glob.matches(Array(relative.lastComponent))
    }
}

extension WorkTree {
    /// The rules for Git LFS in the attributes files of the directories above `path`.
    func lfsRules(around path: RelativePath) throws -> [LFSRule] {
        let directories: [RelativePath?] = Array(sequence(first: path, next: \.parent).dropFirst()) + [nil]
        return try directories.flatMap { try lfsRules(in: $0) }
    }

    /// The rules for Git LFS in the attributes file of `directory`; `nil`: the top.
    func lfsRules(in directory: RelativePath?) throws -> [LFSRule] {
        let name = Array(".gitattributes".utf8)
        let file = try directory?.appending(name) ?? RelativePath(bytes: name)
        guard let text = try files.read(file, limit: IgnoreRules.maximumLength) else { return [] }
        return LFSRule.rules(in: text, of: file)
    }
}
