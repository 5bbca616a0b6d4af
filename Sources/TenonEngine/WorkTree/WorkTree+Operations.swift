import TenonCore
import TenonFormat
import TenonGit

/// What Git is in the middle of.
extension WorkTree {
    /// The tree of HEAD; `nil` before the first commit.
    func headTree() throws -> GitObjectID? {
        try headCommit().map { try commit($0).tree }
    }

    /// The trees of the commits that are being merged into HEAD.
    func mergedTrees() throws -> [GitObjectID] {
        guard try repository.operationsInProgress().contains(.merge) else { return [] }
        return try repository.specialHeads().filter { $0.name == "MERGE_HEAD" }.flatMap(\.ids).compactMap { try repository.commitIfPresent($0)?.tree }
    }

    /// Whether a rebase stands between two commits that it applies: data that is brought now would be replaced at once.
    ///
    /// Not where Git gives way to somebody: for `edit`, `break`, `exec`, a conflict; nor where it is done, or goes back to where it began.
    func isRebasePassing() throws -> Bool {
        guard let step = try repository.rebaseStep(), step.next == .commit, !step.isStopping else { return false }
        let staged = try indexPointers()
        if staged.contains(where: { $0.stage != 0 }) { return false }
        guard let original = step.original else { return true }
        let before = try pointers(in: original).mapValues(\.blob)
        return before != Dictionary(staged.map { ($0.artifact, $0.blob) }) { first, _ in first }
    }
}

/// What a partial clone (`tenon clone --no-data`, `--path`) leaves out until somebody asks for it.
extension WorkTree {
    private static let partialKey = "tenon.partial"

    /// Whether artifacts without data are left so, unless they are named.
    func isPartial() throws -> Bool { try configuration(WorkTree.partialKey).map { ["true", "yes", "on", "1"].contains($0) } ?? false }

    /// Whether what lies there, if anything does, may be only some files of a directory: the others are not gone.
    func isInPart(_ record: ArtifactRecord) throws -> Bool { try record.isLeftOut && record.pointerFile.pointer?.kind == .tree && isPartial() }
}

extension ArtifactRecord {
    /// Whether its data was never brought here, or only some files of it.
    var isLeftOut: Bool { base == nil }
}
