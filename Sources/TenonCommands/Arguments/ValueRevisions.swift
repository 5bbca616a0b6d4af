import TenonAPI
import TenonClient

/// What a person means by the revisions whose values they want to see: commits, ranges, experiments, all branches or tags.
struct ValueRevisions {
    private let git: GitCommand

    /// So many revisions are looked at at once.
    static let limit = 10_000

    init(_ session: Session) {
        git = GitCommand(environment: session.environment)
    }

    /// The commit that a revision of Git's, or an experiment, has by that name.
    func resolve(_ name: String) throws -> String? {
        try commit(name) ?? commit(ExperimentDocument.referencePrefix + name)
    }

    private func commit(_ name: String) throws -> String? {
        do {
            return try git.resolveCommit(ArgumentEscape.bytes(of: name))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Revisions and paths among words, by Git's rules: revisions first, a word that is both or neither is refused, after `--` come paths only.
    /// A range `A..B` stands for its commits, newest first.
    func split(_ words: [String]) throws -> (revisions: [NamedRevision], paths: [PathArgument]) {
        let isTerminated = words.contains(where: ArgumentEscape.isMarked)
        var revisions: [NamedRevision] = []
        var rest = words[...]
        while let word = rest.first, !ArgumentEscape.isMarked(word), let meant = try self.meant(by: word) {
            let path = PathArgument(bytes: ArgumentEscape.bytes(of: word))
            guard isTerminated || !RevisionWords.existsOnDisk(path) else { throw paths.ambiguous(path) }
            revisions += meant
            rest = rest.dropFirst()
        }
        return (revisions, try paths.split(Array(rest), limit: 0).paths)
    }

    /// As `split`, for at most two revisions; `A..B` counts as two.
    func splitPair(_ words: [String]) throws -> (revisions: [NamedRevision], paths: [PathArgument]) {
        let found = try RevisionWords(resolve: resolve, exists: RevisionWords.existsOnDisk).split(words, limit: 2)
        var revisions: [NamedRevision] = []
        for commit in found.commits {
            var revision = NamedRevision(name: String(commit.prefix(10)), commit: commit)
            // A range's ends have no word of their own.
            for word in words.prefix(2) where try resolve(word) == commit { revision.name = displayed(word) }
            revisions.append(revision)
        }
        return (revisions, found.paths)
    }

    /// Those that are left when revisions are taken.
    private var paths: RevisionWords { RevisionWords(resolve: { _ in nil }, exists: RevisionWords.existsOnDisk) }

    private func meant(by word: String) throws -> [NamedRevision]? {
        if word == ".." || ["/", "./", "../"].contains(where: word.hasPrefix) { return nil }
        if let commit = try resolve(word) { return [NamedRevision(name: displayed(word), commit: commit)] }
        guard let dots = word.firstRange(of: "..") else { return nil }
        let start = String(word[..<dots.lowerBound])
        // Three dots: what either side has and the other has not.
        let end = String(word[dots.upperBound...].drop(while: { $0 == "." }))
        guard try resolve(start.isEmpty ? "HEAD" : start) != nil, try resolve(end.isEmpty ? "HEAD" : end) != nil else { return nil }
        return try list([word])
    }

    private func displayed(_ word: String) -> String { displayName(ArgumentEscape.bytes(of: word)) }

    /// The commits that `git rev-list` gives for words of its own, newest first, by their first digits.
    func list(_ words: [String], limit: Int = ValueRevisions.limit) throws -> [NamedRevision] {
        let arguments: [String] = ["rev-list", "--max-count=\(limit)"] + words + ["--"]
        return try lines(arguments).map { NamedRevision(name: String($0.prefix(10)), commit: $0) }
    }

    /// Those that references below `prefix` name, by their names without it.
    func references(_ prefix: String) throws -> [NamedRevision] {
        let format = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)"
        return try lines(["for-each-ref", format, "--count=\(ValueRevisions.limit)", prefix]).compactMap { line -> NamedRevision? in
            let fields: [String] = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false).map { String($0) }
            guard fields.count == 5 else { return nil }
            let name = displayName(fields[4].dropFirst(prefix.count).utf8)
            if fields[0] == "commit" { return NamedRevision(name: name, commit: fields[1]) }
            return fields[2] == "commit" ? NamedRevision(name: name, commit: fields[3]) : nil
        }
    }

    func experiments() throws -> [NamedRevision] { try references(ExperimentDocument.referencePrefix) }

    private func lines(_ arguments: [String]) throws -> [String] {
        let answer = try git.output(arguments.map { ArgumentEscape.bytes(of: $0) })
        guard answer.status == 0 else { throw TenonError(.git, "the revisions can't be listed", cause: answer.complaint) }
        return answer.standardOutput.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
