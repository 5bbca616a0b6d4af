import TenonCore

extension GitRepository {
    /// What the caller's index holds other than a tree does; `nil`: than no tree. One `git` process, whose cost is that of the differences as long
    /// as the index knows its trees. A path in conflict comes once, as what is there no more.
    package func indexChanges(against tree: GitObjectID?) throws -> [TreeChange] {
        let base = tree ?? GitObjectID.emptyTree(objectFormat)
        let outcome = try process.succeed(
            ["diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none", GitArgument(base.hex), "--"])
        return try changes(parsing: outcome.output)
    }

    /// What a commit's tree holds other than that of `parent`; `nil`: than no tree. One `git` process.
    package func changes(in commit: CommitInfo, against parent: CommitInfo?) throws -> [TreeChange] {
        let base = parent?.tree ?? GitObjectID.emptyTree(objectFormat)
        let outcome = try process.succeed(
            ["diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", GitArgument(base.hex), GitArgument(commit.tree.hex), "--"])
        return try changes(parsing: outcome.output)
    }

    /// Calls `body` with what each of these commits has other than every one of its parents, a root than nothing; what a merge only took over from a
    /// parent is not its own. Commits whose parents a shallow clone lacks count as roots. One `git` process for a thousand commits.
    package func forEachOwnChange(of commits: [GitObjectID], _ body: (GitObjectID, TreeChange) throws -> Void) throws {
        let shallow = try shallowCommits()
        for start in stride(from: 0, to: commits.count, by: GitRepository.commitsAtOnce) {
            var input: [UInt8] = []
            for id in commits[start..<min(start + GitRepository.commitsAtOnce, commits.count)] {
                // Git takes a commit where a shallow clone ends for a root; its parents may be there all the same.
                let parents = shallow.contains(id) ? try commit(id).parents : []
                let areThere = try parents.allSatisfy { try info($0) != nil }
                input += Array(([id] + (areThere ? parents : [])).map(\.hex).joined(separator: " ").utf8) + [0x0A]
            }
            let outcome = try process.succeed(
                ["diff-tree", "--stdin", "-c", "-r", "--root", "--raw", "-z", "--no-abbrev", "--no-renames"], input: input,
                outputLimit: GitRepository.changesLimit)
            try parseOwnChanges(outcome.output, body)
        }
    }

    /// Those of `commits` that have parents which this shallow clone lacks.
    package func commitsCutOff(among commits: [GitObjectID]) throws -> [CommitInfo] {
        let shallow = try shallowCommits()
        if shallow.isEmpty { return [] }
        return try commits.filter(shallow.contains).map(commit).filter { commit in
            try commit.parents.contains { try info($0) == nil }
        }
    }

    private static let commitsAtOnce = 1000
    private static let changesLimit = 1 << 30

    /// The id of a commit, NUL, and its changes, as `changes(parsing:)` has them; of a merge, with a colon, a mode and an id for each parent.
    private func parseOwnChanges(_ output: [UInt8], _ body: (GitObjectID, TreeChange) throws -> Void) throws {
        var commit: GitObjectID?
        var line: ArraySlice<UInt8>?
        for field in output.split(separator: 0) {
            if let header = line {
                guard let commit, let change = ownChange(header, path: Array(field)) else {
                    throw TenonError(.git, "git gave an answer that is not understood", cause: displayName(header))
                }
                line = nil
                try body(commit, change)
            } else if field.first == UInt8(ascii: ":") {
                line = field
            } else {
                commit = GitObjectID(hexBytes: field)
            }
        }
    }

    private func ownChange(_ line: ArraySlice<UInt8>, path: [UInt8]) -> TreeChange? {
        let parents = line.prefix { $0 == UInt8(ascii: ":") }.count
        if parents == 1 { return change(line, path: path) }
        let words = line.dropFirst(parents).split(separator: 0x20)
        guard words.count == 2 * parents + 3 else { return nil }
        func entry(_ position: Int) -> TreeEntry?? {
            guard let mode = UInt32(String(decoding: words[position], as: UTF8.self), radix: 8),
                let id = GitObjectID(hexBytes: words[parents + 1 + position])
            else { return nil }
            return .some(mode == 0 ? nil : TreeEntry(path: path, mode: GitFileMode(rawValue: mode), id: id))
        }
        let before = (0..<parents).map(entry)
        guard !before.contains(where: { $0 == nil }), let new = entry(parents) else { return nil }
        // New is only what no parent has in any form.
        return TreeChange(path: path, old: before.lazy.compactMap { $0 ?? nil }.first, new: new)
    }

    /// `:old-mode new-mode old-id new-id status NUL path NUL`, each.
    private func changes(parsing output: [UInt8]) throws -> [TreeChange] {
        let fields = output.split(separator: 0, omittingEmptySubsequences: false)
        var changes: [TreeChange] = []
        for start in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let change = change(fields[start], path: Array(fields[start + 1])) else {
                throw TenonError(.git, "git gave an answer that is not understood", cause: displayName(fields[start]))
            }
            changes.append(change)
        }
        return changes
    }

    private func change(_ line: ArraySlice<UInt8>, path: [UInt8]) -> TreeChange? {
        let words = line.split(separator: 0x20)
        guard words.count == 5, line.first == UInt8(ascii: ":"),
            let oldID = GitObjectID(hexBytes: words[2]), let newID = GitObjectID(hexBytes: words[3]),
            let oldMode = UInt32(String(decoding: words[0].dropFirst(), as: UTF8.self), radix: 8),
            let newMode = UInt32(String(decoding: words[1], as: UTF8.self), radix: 8)
        else { return nil }
        func entry(_ mode: UInt32, _ id: GitObjectID) -> TreeEntry? {
            mode == 0 ? nil : TreeEntry(path: path, mode: GitFileMode(rawValue: mode), id: id)
        }
        return TreeChange(path: path, old: entry(oldMode, oldID), new: entry(newMode, newID))
    }

    /// Whether `commit` can be reached from `other`. One `git` process.
    package func isAncestor(_ commit: GitObjectID, of other: GitObjectID) throws -> Bool {
        let outcome = try process.run(["merge-base", "--is-ancestor", GitArgument(commit.hex), GitArgument(other.hex)])
        guard outcome.status <= 1 else { throw GitFailure.error(of: outcome, command: "git merge-base", directory: workTree) }
        return outcome.status == 0
    }

    /// Commits that can be reached from `starts` and from none of `known`, nor from any reference if `andReferences`. Ids that this repository lacks
    /// are left out; with `limit`, at most so many, the newest. One `git` process.
    package func newCommits(from starts: [GitObjectID], known: [GitObjectID], andReferences: Bool = false, limit: Int? = nil) throws -> [GitObjectID]
    {
        guard !starts.isEmpty else { return [] }
        var input = starts.flatMap { Array("\($0.hex)\n".utf8) }
        for id in known { input += Array("^\(id.hex)\n".utf8) }
        let most: [GitArgument] = limit.map { [GitArgument("--max-count=\($0)")] } ?? []
        let outcome = try process.succeed(
            ["rev-list", "--ignore-missing"] + most + ["--stdin"] + (andReferences ? ["--not", "--all"] : []), input: input)
        return outcome.output.split(separator: 0x0A).compactMap { GitObjectID(hexBytes: $0) }
    }
}

extension GitObjectID {
    /// The tree without entries, which Git knows whether it was ever written or not.
    static func emptyTree(_ format: GitObjectFormat) -> GitObjectID {
        let hex =
            switch format {
            case .sha1: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
            case .sha256: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
            }
        return GitObjectID(hex: hex) ?? zero(format)
    }
}
