import Glibc

/// The nearest `git` above this process: what its hooks are not told is on its command line.
struct GitAncestor {
    /// The name of its command, such as `commit`.
    let command: String
    /// What was given to the command.
    let words: ArraySlice<[UInt8]>

    /// Options of `git` whose value is the next word.
    private static let valueOptions: Set<String> = [
        "-c", "-C", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix", "--attr-source", "--exec-path",
    ]

    /// Reads the arguments of a process; `nil` if it is not a command of `git`.
    init?(_ arguments: [[UInt8]]) {
        guard let program = arguments.first?.split(separator: UInt8(ascii: "/")).last.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
        var words = arguments.dropFirst()
        if program == "git" {
            while let word = words.first.map({ String(decoding: $0, as: UTF8.self) }), word.hasPrefix("-") {
                words = words.dropFirst(GitAncestor.valueOptions.contains(word) ? 2 : 1)
            }
            guard let name = words.popFirst() else { return nil }
            command = String(decoding: name, as: UTF8.self)
        } else if program.hasPrefix("git-") {
            command = String(program.dropFirst(4))
        } else {
            return nil
        }
        self.words = words
    }

    /// `nil` if there is none, or it can't be seen.
    static func find() -> GitAncestor? {
        var process = getppid()
        for _ in 0..<12 where process > 1 {
            guard let arguments = arguments(of: process) else { return nil }
            if let found = GitAncestor(arguments) { return found }
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
