import Glibc
import TenonAPI
import TenonClient

/// What an experiment changed, on its way into a work tree.
struct ExperimentApplication {
    let entry: ExperimentCatalog.Entry
    let git: GitCommand
    private let top: [UInt8]
    /// Paths from the top: those that it has, and those that it took away.
    private var changed: [[UInt8]] = []
    private var removed: [[UInt8]] = []
    /// Of those that it has: whose lines are added to those that are here.
    private var ignoreFiles: [IgnoreFile] = []

    var files: [WirePath] { (changed + removed + ignoreFiles.map(\.path)).map { WirePath(bytes: $0) } }

    /// Artifacts that it has made, and those that it took away.
    var artifacts: [WirePath] { ExperimentApplication.artifacts(changed) }
    var removedArtifacts: [WirePath] { ExperimentApplication.artifacts(removed) }

    private static func artifacts(_ paths: [[UInt8]]) -> [WirePath] {
        paths.filter { $0.suffix(6).elementsEqual(".tenon".utf8) && $0.count > 6 }.map { WirePath(bytes: Array($0.dropLast(6))) }
    }

    init(_ entry: ExperimentCatalog.Entry, _ workTree: WorkTreeContext, _ environment: ClientEnvironment) throws(TenonError) {
        self.entry = entry
        top = workTree.topLevel.bytes
        var own = environment
        own.directory = top
        git = GitCommand(environment: own)
        guard let parent = entry.parent else {
            throw TenonError(.invalidArgument, "'\(displayName(entry.name.utf8))' can't be applied", cause: "it does not tell what it started from")
        }
        let fields = try list(["diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", parent, entry.commit])
        for place in stride(from: 0, to: fields.count - 1, by: 2) {
            let path = fields[place + 1]
            // It may come from anybody: nothing but what Git itself would check out is touched, and that only below the top.
            guard RelativePath.reasonToRefuse(path) == nil else {
                throw TenonError(.invalidArgument, "the experiment can't be applied", cause: "it has a file '\(displayName(path))'")
            }
            // As in ':100644 100644 <id> <id> M'.
            if fields[place].last == UInt8(ascii: "D") {
                removed.append(path)
            } else if let file = IgnoreFile(path, change: fields[place]), isPlain(path) {
                ignoreFiles.append(file)
            } else {
                changed.append(path)
            }
        }
    }

    /// Throws `conflict` if something that would be overwritten was changed here since.
    func requireUnchanged() throws(TenonError) {
        guard let parent = entry.parent else { return }
        let all = Set(changed + removed)
        let committed = Set(try list(["diff", "-z", "--name-only", "--no-renames", parent, "HEAD"])).intersection(all)
        let here = Set(try list(["diff", "-z", "--name-only", "--no-renames", "HEAD"])).intersection(all)
        let staged = Set(try list(["diff", "-z", "--name-only", "--no-renames", "--cached", "HEAD"])).intersection(all)
        // What is the same as in the experiment is no loss.
        let different = Set(try list(["diff", "-z", "--name-only", "--no-renames", entry.commit]))
        var conflicts = committed.union(here).union(staged).intersection(different)
        let tracked = Set(try list(["ls-files", "-z", "--cached"]))
        for path in changed where !tracked.contains(path) {
            if let obstacle = try obstacle(path, tracked) { conflicts.insert(obstacle) }
        }
        guard !conflicts.isEmpty else { return }
        let names = conflicts.sorted { $0.lexicographicallyPrecedes($1) }.map { "'\(displayName($0))'" }
        throw TenonError(
            .conflict, "'\(displayName(entry.name.utf8))' can't be applied",
            cause: "changed here since it started: \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : "")",
            hint: "commit or stash that first, or --force")
    }

    /// What Git does not track and would take away to put a file at `path`: something else there, or in place of a directory above it. Files that Git
    /// ignores are among them: to Git they are worth nothing.
    private func obstacle(_ path: [UInt8], _ tracked: Set<[UInt8]>) throws(TenonError) -> [UInt8]? {
        for end in path.indices where path[end] == UInt8(ascii: "/") {
            let ancestor = Array(path[..<end])
            guard let mode = mode(of: ancestor) else { return nil }
            if mode & S_IFMT != S_IFDIR { return tracked.contains(ancestor) ? nil : ancestor }
        }
        guard let mode = mode(of: path) else { return nil }
        if mode & S_IFMT == S_IFREG, try isSame(path) { return nil }
        return path
    }

    /// Of what lies there itself, no link is followed; `nil`: nothing does.
    func mode(of path: [UInt8]) -> mode_t? {
        var information = stat()
        return lstat((top + [UInt8(ascii: "/")] + path).zeroTerminated, &information) == 0 ? information.st_mode : nil
    }

    /// Whether a plain file lies there, or nothing and no link on the way.
    private func isPlain(_ path: [UInt8]) -> Bool {
        let ancestors = path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Array(path[..<$0]) }
        guard ancestors.allSatisfy({ mode(of: $0).map { $0 & S_IFMT == S_IFDIR } ?? true }) else { return false }
        return mode(of: path).map { $0 & S_IFMT == S_IFREG } ?? true
    }

    private func isSame(_ path: [UInt8]) throws(TenonError) -> Bool {
        let own = try git.output([Array("hash-object".utf8), Array("--".utf8), path])
        let theirs = try git.output([Array("rev-parse".utf8), Array("--verify".utf8), Array("--quiet".utf8), Array("\(entry.commit):".utf8) + path])
        return own.status == 0 && theirs.status == 0 && own.line == theirs.line
    }

    /// Writes the files, and stages them.
    func apply(scratch: String) throws(TenonError) {
        if !changed.isEmpty {
            try write(changed, to: scratch)
            defer { unlink(scratch) }
            try run(["checkout", "--quiet", entry.commit, "--pathspec-from-file=\(scratch)", "--pathspec-file-nul"])
        }
        if !removed.isEmpty {
            try write(removed, to: scratch)
            defer { unlink(scratch) }
            try run(["rm", "--quiet", "--force", "--ignore-unmatch", "--pathspec-from-file=\(scratch)", "--pathspec-file-nul"])
        }
        for file in ignoreFiles { try addLines(of: file) }
    }

    private func run(_ arguments: [String]) throws(TenonError) {
        _ = try run(arguments.map { Array($0.utf8) })
    }

    /// Returns what Git printed.
    func run(_ arguments: [[UInt8]], input: [UInt8]? = nil) throws(TenonError) -> GitCommand.Output {
        // Its data is brought afterwards, all in one.
        let before = ["-c", "core.hooksPath=/dev/null", "--literal-pathspecs"].map { Array($0.utf8) }
        let answer = try git.output(before + arguments, input: input)
        guard answer.status == 0 else {
            throw TenonError(.git, "'\(displayName(entry.name.utf8))' can't be applied", cause: answer.complaint)
        }
        return answer
    }

    private func write(_ paths: [[UInt8]], to file: String) throws(TenonError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, "the experiment can't be applied", cause: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        for path in paths { bytes += path + [0] }
        guard writeAll(bytes, to: descriptor) else {
            throw TenonError(.io, "the experiment can't be applied", cause: String(cString: strerror(errno)))
        }
    }

    private func list(_ arguments: [String]) throws(TenonError) -> [[UInt8]] {
        let answer = try git.output(arguments, limit: 64 << 20)
        guard answer.status == 0 else {
            throw TenonError(.git, "'\(displayName(entry.name.utf8))' can't be applied", cause: answer.complaint)
        }
        return answer.standardOutput.split(separator: 0).map { Array($0) }
    }
}
