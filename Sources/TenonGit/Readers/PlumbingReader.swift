import TenonCore

/// Reads a repository through the `git` program: objects by a `git cat-file` that is kept open, the rest by a command for each question.
final class PlumbingReader: RepositoryReader {
    private let process: GitProcess
    private var objects: CatFileProcess?

    init(process: GitProcess) {
        self.process = process
    }

    // MARK: Objects

    func object(_ id: GitObjectID, limit: Int) throws -> GitObject? {
        try asking { try $0.object(id, limit: limit) }
    }

    func info(_ id: GitObjectID) throws -> GitObjectInfo? {
        try asking { try $0.info(id.hex)?.info }
    }

    /// Asks the open `git cat-file`, starting it at the first question and after a failure.
    private func asking<Result>(_ question: (CatFileProcess) throws -> Result) throws -> Result {
        let asked = try objects ?? CatFileProcess(process)
        objects = asked
        defer { if asked.isUnusable { objects = nil } }
        return try question(asked)
    }

    // MARK: References

    func head() throws -> Head {
        let symbolic = try process.run(["symbolic-ref", "-q", "HEAD"])
        guard symbolic.status <= 1 else { throw GitFailure.error(of: symbolic, command: "git symbolic-ref", directory: process.directory) }
        let branch = symbolic.status == 0 ? String(decoding: symbolic.line, as: UTF8.self) : nil
        if let (id, _) = try asking({ try $0.info("HEAD") }) { return Head(branch: branch, commit: id) }
        // No commit yet, or one that is missing: only the latter has a name.
        let name = try process.run(["rev-parse", "-q", "--verify", "HEAD"])
        guard branch != nil || name.status == 0 else {
            throw GitFailure.error(of: name, command: "git rev-parse", directory: process.directory)
        }
        return Head(branch: branch, commit: name.status == 0 ? GitObjectID(hexBytes: name.line) : nil)
    }

    func references() throws -> [ReferenceRecord] {
        let outcome = try process.succeed(["for-each-ref", "--format=%(objectname) %(refname)%00%(symref)"])
        var result: [ReferenceRecord] = []
        for line in outcome.output.split(separator: 0x0A) {
            let parts = line.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let space = parts[0].firstIndex(of: 0x20), let id = GitObjectID(hexBytes: parts[0][..<space]) else {
                throw misunderstood("for-each-ref", line)
            }
            result.append(
                ReferenceRecord(
                    name: String(decoding: parts[0][(space + 1)...], as: UTF8.self), target: id,
                    symbolicTarget: parts[1].isEmpty ? nil : String(decoding: parts[1], as: UTF8.self)))
        }
        return result
    }

    // MARK: Index

    func indexEntries(file: [UInt8]?, pointersOnly: Bool) throws -> [IndexEntry] {
        var arguments: [GitArgument] = ["ls-files", "--stage", "--debug", "-z"]
        if pointersOnly { arguments += ["--", ":(glob)**/*.tenon"] }
        let outcome = try withIndex(file).succeed(arguments)
        var parser = IndexListingParser(outcome.output)
        var result: [IndexEntry] = []
        while let entry = try parser.next() {
            if !pointersOnly || PointerName.matches(entry.path) { result.append(entry) }
        }
        return result
    }

    private func withIndex(_ file: [UInt8]?) -> GitProcess {
        guard let file else { return process }
        return GitProcess(directory: process.directory, environment: process.environment.setting("GIT_INDEX_FILE", to: file))
    }

    func areTracked(_ paths: [[UInt8]]) throws -> [Bool] {
        guard !paths.isEmpty else { return [] }
        // One listing for all; a list too long for the command line is cut.
        var result: [Bool] = []
        for start in stride(from: 0, to: paths.count, by: 500) {
            let part = paths[start..<min(start + 500, paths.count)]
            let outcome = try process.succeed(
                ["--literal-pathspecs", "ls-files", "-z", "--"] + part.map { GitArgument(bytes: $0) })
            let listed = outcome.output.split(separator: 0)
            result += part.map { path in
                listed.contains { $0.starts(with: path) && ($0.count == path.count || $0[$0.startIndex + path.count] == UInt8(ascii: "/")) }
            }
        }
        return result
    }

    // MARK: Configuration

    func configuration(_ key: String) throws -> [String] {
        let outcome = try process.run(["config", "-z", "--get-all", GitArgument(key)])
        switch outcome.status {
        case 0: return outcome.output.dropLast().split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        case 1: return []
        default: throw GitFailure.error(of: outcome, command: "git config", directory: process.directory)
        }
    }

    func configuration(matching pattern: String) throws -> [(key: String, value: String)] {
        let outcome = try process.run(["config", "-z", "--get-regexp", GitArgument(pattern)])
        // 1: there is none.
        guard outcome.status <= 1 else { throw GitFailure.error(of: outcome, command: "git config", directory: process.directory) }
        return outcome.output.split(separator: 0).map { record in
            // A key without "=" means true, and has no value here.
            let parts = record.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
            return (String(decoding: parts[0], as: UTF8.self), parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : "true")
        }
    }

    private func misunderstood(_ command: String, _ line: ArraySlice<UInt8>) -> TenonError {
        TenonError(.git, "git \(command) gave an answer that is not understood", cause: displayName(line))
    }
}
