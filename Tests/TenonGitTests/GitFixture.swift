import Glibc
import TenonCore

@testable import TenonGit

/// A directory for real repositories, made by the real `git` without any user's or system's configuration; removed when it goes away.
final class GitFixture {
    let root: String
    private var clock = 1_700_000_000

    /// libgit2 takes its search path from the environment when it starts: set once, before.
    private static let isHermetic: Bool = {
        setenv("HOME", "/nonexistent", 1)
        setenv("XDG_CONFIG_HOME", "/nonexistent", 1)
        // As a daemon started from a hook would have them: no test may see any of it.
        setenv("GIT_DIR", "/from/a/hook", 1)
        setenv("GIT_INDEX_FILE", "/from/a/hook/index", 1)
        setenv("GIT_OBJECT_DIRECTORY", "/from/a/hook/objects", 1)
        setenv("SECRET", "x", 1)
        return true
    }()

    init() throws {
        _ = GitFixture.isHermetic
        var template = Array("/tmp/tenon-git-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw systemError("can't make a directory for the test") }
        root = String(cString: path)
    }

    deinit {
        _ = try? GitFixture.run("/bin/rm", ["-rf", root], [])
    }

    static let caller = ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"]

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Runs `git` in `directory` (below the root) with a clock that goes on by a minute for each command; returns its output without the last line feed.
    @discardableResult
    func git(_ directory: String, _ arguments: String..., input: String = "", mayFail: Bool = false, extra: [String] = []) throws -> String {
        clock += 60
        let environment =
            [
                "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(root)", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
                "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Charles", "GIT_COMMITTER_EMAIL=charles@example.org",
                "GIT_AUTHOR_DATE=\(clock) +0200", "GIT_COMMITTER_DATE=\(clock) +0200", "GIT_EDITOR=true",
            ] + extra
        return try GitFixture.run(
            "/usr/bin/git", ["-C", path(directory), "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"] + arguments, environment,
            input: input, mayFail: mayFail)
    }

    @discardableResult
    static func run(_ program: String, _ arguments: [String], _ environment: [String], input: String = "", mayFail: Bool = false) throws -> String {
        var child = try ChildProcess(
            executable: Array(program.utf8), arguments: ([program] + arguments).map { Array($0.utf8) },
            environment: environment.map { Array($0.utf8) })
        var sent = 0
        let bytes = Array(input.utf8)
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(child.input.raw, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL)) }
            if count > 0 { sent += count } else if errno != EAGAIN { break } else { usleep(100) }
        }
        child.input.close()
        var output: [UInt8] = []
        var errors: [UInt8] = []
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { scratch.deallocate() }
        while child.output.isOpen || child.errors.isOpen {
            var waiting = [
                pollfd(fd: child.output.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: child.errors.raw, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waiting, 2, 1_000)
            if child.output.isOpen { try drain(&child.output, into: &output, scratch) }
            if child.errors.isOpen { try drain(&child.errors, into: &errors, scratch) }
        }
        let status = child.wait(until: Deadline(after: .seconds(60)))
        guard status == 0 || mayFail else {
            throw TenonError(.git, "\(program) \(arguments.joined(separator: " ")) failed", cause: String(decoding: errors, as: UTF8.self))
        }
        if output.last == 0x0A { output.removeLast() }
        return String(decoding: output, as: UTF8.self)
    }

    /// Writes a file below the root, with the directories that it needs.
    func write(_ name: String, _ content: String) throws { try write(Array(name.utf8), content) }

    func write(_ name: [UInt8], _ content: String) throws {
        let whole = Array(root.utf8) + [UInt8(ascii: "/")] + name
        for (position, byte) in whole.enumerated() where byte == UInt8(ascii: "/") && position > root.utf8.count {
            withCString(Array(whole[..<position])) { _ = mkdir($0, 0o755) }
        }
        let descriptor = withCString(whole) { Glibc.open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
        guard descriptor >= 0 else { throw systemError("can't write \(displayName(whole))") }
        let bytes = Array(content.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Makes a directory and a repository in it.
    func repository(_ name: String = "work", _ options: String...) throws {
        mkdir(path(name), 0o755)
        try GitFixture.run(
            "/usr/bin/git", ["-c", "init.defaultBranch=main", "init", "-q"] + options + [path(name)],
            ["PATH=/usr/bin:/bin", "HOME=\(root)", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"])
    }

    /// Commits all that lies in the work tree; returns the id.
    @discardableResult
    func commit(_ message: String, in directory: String = "work") throws -> GitObjectID {
        try git(directory, "add", "-A")
        try git(directory, "commit", "-q", "--allow-empty", "-m", message)
        return try id(git(directory, "rev-parse", "HEAD"))
    }

    func id(_ text: String) throws -> GitObjectID {
        guard let id = GitObjectID(hex: text) else { throw TenonError(.git, "'\(text)' is no object id") }
        return id
    }

    func open(_ name: String = "work", reader: GitRepository.Reader? = nil, caller: [String: String] = [:], indexFile: String? = nil) throws
        -> GitRepository
    {
        let environment = try GitEnvironment(
            caller: GitFixture.caller.merging(caller) { $1 }, indexFile: indexFile.map { Array($0.utf8) })
        return try GitRepository.open(workTree: Array(path(name).utf8), environment: environment, reader: reader)
    }
}

extension TreeEntry {
    var text: String { displayName(path) }
}
extension IndexEntry {
    var text: String { "\(stage) \(mode.text) \(displayName(path))" }
}
extension TreeChange {
    var text: String { (old == nil ? "+" : new == nil ? "-" : "*") + displayName(path) }
}
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
