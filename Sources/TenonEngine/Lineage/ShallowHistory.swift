import TenonCore
import TenonGit

/// What a shallow clone can't tell of its history, and how to bring just that.
struct ShallowHistory {
    let repository: GitRepository

    /// So many commits are named at most.
    private static let maximumNames = 20

    /// Whether this clone is shallow.
    var isCut: Bool {
        get throws { try repository.process.succeed(["rev-parse", "--is-shallow-repository"]).line.elementsEqual("true".utf8) }
    }

    /// Throws if a commit of a range lacks a parent, with the depth that reaches it.
    ///
    /// - Parameters:
    ///   - commits: the range.
    ///   - starts: the commits that the depth is counted from.
    ///   - isWhole: whether all history was asked for.
    func requireParents(of commits: [GitObjectID], from starts: [GitObjectID], isWhole: Bool) throws {
        let cut = try repository.commitsCutOff(among: commits)
        guard let first = cut.first else { return }
        let cause = "this clone is shallow: it lacks a parent of commit \(first.id.hex.prefix(12))"
        if isWhole {
            throw TenonError(
                .git, "the rules can't be checked", cause: cause,
                hint: "all history is needed: git fetch --unshallow (in CI: 'fetch-depth: 0', 'GIT_DEPTH: 0')")
        }
        let depth = try depth(of: Set(cut.map(\.id)), from: starts)
        throw TenonError(
            .git, "the rules can't be checked", cause: "\(cause), \(depth) deep",
            hint: "the range needs a depth of at least \(depth + 1): git fetch --depth=\(depth + 1) (in CI: 'fetch-depth', 'GIT_DEPTH'), or 0 for all"
        )
    }

    /// How deep the deepest of `commits` lies, as Git counts: a start lies 1 deep.
    private func depth(of commits: Set<GitObjectID>, from starts: [GitObjectID]) throws -> Int {
        var waiting = starts
        var seen = Set(starts)
        var (depth, deepest) = (0, 0)
        while !waiting.isEmpty {
            depth += 1
            if waiting.contains(where: commits.contains) { deepest = depth }
            var next: [GitObjectID] = []
            for id in waiting {
                for parent in try repository.commitIfPresent(id)?.parents ?? [] where seen.insert(parent).inserted { next.append(parent) }
            }
            waiting = next
        }
        return deepest
    }

    /// The error for commits that runs executed and this clone lacks; `nil` for none.
    func lacking(_ commits: [GitObjectID]) -> TenonError? {
        guard let first = commits.first else { return nil }
        let names = commits.prefix(ShallowHistory.maximumNames).map(\.hex).joined(separator: " ")
        let more = commits.count == 1 ? "the commit \(first.hex.prefix(12)) that a run executed" : "\(commits.count) commits that runs executed"
        return TenonError(
            .git, "the rules can't be checked", cause: "this clone is shallow, and lacks \(more)",
            hint: "git fetch --depth=1 origin \(names) brings just that; git fetch --unshallow brings all (in CI: 'fetch-depth: 0', 'GIT_DEPTH: 0')")
    }
}
