import Glibc
import TenonAPI
import TenonCore

/// Finds the work tree that a command stands in, as Git would.
///
/// The plain case, a `.git` directory in a directory above, costs a few system calls. Whatever is less plain, a `.git` file, a bare repository,
/// another file system, another owner, `GIT_*` variables that move things, is asked of `git rev-parse`.
package struct WorkTreeDiscovery {
    private let environment: ClientEnvironment

    /// This process's, read once.
    private static let umask: UInt32 = {
        let mask = Glibc.umask(0o077)
        Glibc.umask(mask)
        return mask
    }()

    package init(environment: ClientEnvironment) {
        self.environment = environment
    }

    /// The work tree around the current directory. Throws `notARepository` where there is none.
    package func find() throws(TenonError) -> WorkTreeContext {
        let place: Place
        if let plain = plainPlace() {
            place = plain
        } else {
            place = try askGit()
        }
        guard let status = place.topLevel.status() else {
            throw TenonError(.io, "work tree '\(place.topLevel)' can't be read", cause: reason(errno))
        }
        return WorkTreeContext(
            topLevel: WirePath(bytes: place.topLevel.bytes), gitDirectory: WirePath(bytes: place.gitDirectory.bytes),
            indexFile: indexFile(place.topLevel),
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), gitEnvironment: gitEnvironment(place),
            umask: WorkTreeDiscovery.umask, prefix: WirePath(bytes: place.prefix))
    }

    /// The Git directory of the repository around the current directory, bare or not; `nil` where there is none.
    package func gitDirectory() throws(TenonError) -> [UInt8]? {
        if let plain = plainPlace() { return plain.gitDirectory.bytes }
        let answer = try GitCommand(environment: environment).output(["rev-parse", "--absolute-git-dir"], limit: 8192)
        return answer.status == 0 && answer.line.first == slash ? Array(answer.line) : nil
    }

    /// Where a work tree and its Git directory lie.
    private struct Place {
        var topLevel: CPath
        var gitDirectory: CPath
        /// The current directory below the top, without a slash at its end.
        var prefix: [UInt8]
    }

    /// Variables with which Git looks elsewhere than upwards from here.
    private static let movingVariables = [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
    ]

    private func plainPlace() -> Place? {
        if WorkTreeDiscovery.movingVariables.contains(where: { environment.variables[$0] != nil }) { return nil }
        var directory = environment.directory
        guard let here = CPath(directory).status() else { return nil }
        while true {
            guard CPath(directory).status()?.st_dev == here.st_dev else { return nil }
            let gitDirectory = (directory == [slash] ? [] : directory) + Array("/.git".utf8)
            if let found = CPath(gitDirectory).status(followingLink: false) {
                guard found.st_mode & S_IFMT == S_IFDIR, found.st_uid == geteuid(), isPlain(gitDirectory) else { return nil }
                let prefix = environment.directory.dropFirst(directory.count).drop { $0 == slash }
                return Place(topLevel: CPath(directory), gitDirectory: CPath(gitDirectory), prefix: Array(prefix))
            }
            // A directory that looks like a Git directory itself: bare, or inside one.
            if CPath(directory + Array("/HEAD".utf8)).status(followingLink: false) != nil { return nil }
            guard let last = directory.lastIndex(of: slash), directory.count > 1 else { return nil }
            directory = last == 0 ? [slash] : Array(directory[..<last])
        }
    }

    private func isPlain(_ gitDirectory: [UInt8]) -> Bool {
        guard let configuration = contents(of: String(decoding: gitDirectory, as: UTF8.self) + "/config", limit: 1 << 20) else { return false }
        return !GitConfigurationScan.mayMoveWorkTree(configuration)
    }

    private func askGit() throws(TenonError) -> Place {
        let answer = try GitCommand(environment: environment).output(
            ["rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--show-prefix"], limit: 64 << 10)
        guard answer.status == 0 else {
            throw WorkTreeDiscovery.refusal(String(decoding: answer.standardError, as: UTF8.self), last: answer.complaint)
        }
        // The prefix may be an empty line, so empty ones count.
        let lines = answer.standardOutput.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        guard lines.count == 3, lines.prefix(2).allSatisfy({ $0.first == slash }) else {
            throw TenonError(.git, "this work tree can't be used", cause: "its path has a line feed, or git rev-parse says what is not expected")
        }
        var prefix = Array(lines[2])
        if prefix.last == slash { prefix.removeLast() }
        return Place(topLevel: CPath(Array(lines[0])), gitDirectory: CPath(Array(lines[1])), prefix: prefix)
    }

    /// What it means that `git rev-parse` found no work tree, from all that it said and the last line of it.
    private static func refusal(_ words: String, last: String) -> TenonError {
        if words.contains("dubious ownership") {
            return TenonError(
                .permission, "this repository can't be used", cause: "Git says that it is owned by someone else",
                hint: "if you trust it: git config --global --add safe.directory PATH")
        }
        if words.contains("must be run in a work tree") {
            return TenonError(
                .notARepository, "there is no Git work tree here", cause: "this is a bare repository, or the inside of a Git directory",
                hint: "change to a work tree, or make one: git worktree add")
        }
        if words.lowercased().contains("not a git repository") {
            return TenonError(.notARepository, "this is not a Git repository", hint: "git init, or change to a work tree")
        }
        return TenonError(.notARepository, "there is no Git work tree here", cause: last, hint: "git init, or change to a work tree")
    }

    /// `GIT_INDEX_FILE`, which Git takes as relative to the top.
    private func indexFile(_ topLevel: CPath) -> WirePath? {
        guard let index = environment["GIT_INDEX_FILE"] else { return nil }
        return WirePath(bytes: absolute(Array(index.utf8), from: topLevel.bytes))
    }

    /// The `GIT_*` variables for the daemon's plumbing, paths made absolute. Those that make Git talk, or speak of the person's terminal, stay here.
    private func gitEnvironment(_ place: Place) -> [String: String] {
        var result: [String: String] = [:]
        for (name, value) in environment.variables where name.hasPrefix("GIT_") {
            if name.hasPrefix("GIT_TRACE") || WorkTreeDiscovery.terminalVariables.contains(name) { continue }
            switch name {
            case "GIT_DIR": result[name] = String(decoding: place.gitDirectory.bytes, as: UTF8.self)
            case "GIT_WORK_TREE": result[name] = String(decoding: place.topLevel.bytes, as: UTF8.self)
            case "GIT_INDEX_FILE": result[name] = path(value, from: place.topLevel.bytes)
            case "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH": result[name] = path(value, from: environment.directory)
            default: result[name] = value
            }
        }
        return result
    }

    private static let terminalVariables: Set<String> = [
        "GIT_PREFIX", "GIT_PAGER", "GIT_PAGER_IN_USE", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT", "GIT_EXTERNAL_DIFF",
        "GIT_REFLOG_ACTION", "GIT_INTERNAL_GETTEXT_SH_SCHEME",
    ]

    private func path(_ value: String, from directory: [UInt8]) -> String {
        value.isEmpty ? value : String(decoding: absolute(Array(value.utf8), from: directory), as: UTF8.self)
    }

    private func absolute(_ path: [UInt8], from directory: [UInt8]) -> [UInt8] {
        path.first == slash ? path : directory + [slash] + path
    }
}

private let slash = UInt8(ascii: "/")

/// A path as C takes it, in any encoding.
private struct CPath: CustomStringConvertible {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var description: String { displayName(bytes) }

    /// `stat`, or `lstat`; `nil` where that fails, with the reason in `errno`.
    func status(followingLink: Bool = true) -> stat? {
        var result = stat()
        let failed = (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { path in
            guard let path = path.baseAddress else { return true }
            return (followingLink ? stat(path, &result) : lstat(path, &result)) != 0
        }
        return failed ? nil : result
    }
}
