import TenonCore

extension GitRepository {
    /// Commits newest first, from `starts` (which must be commits) back to the roots.
    package func history(from starts: [GitObjectID], firstParentOnly: Bool = false) throws -> HistoryWalk {
        try HistoryWalk(self, from: starts, firstParentOnly: firstParentOnly)
    }

    /// Commits newest first, from all references and `HEAD`.
    package func historyOfAllReferences() throws -> HistoryWalk {
        var starts = try references().compactMap(\.commit)
        if let head = try head().commit { starts.append(head) }
        return try history(from: starts)
    }

    /// Commits whose parents a shallow clone does not have.
    func shallowCommits() throws -> Set<GitObjectID> {
        let bytes = try DirectoryFiles.read(DirectoryFiles.join(commonDirectory, "shallow")) ?? []
        return Set(bytes.split(separator: 0x0A).compactMap { GitObjectID(hexBytes: $0) })
    }
}
