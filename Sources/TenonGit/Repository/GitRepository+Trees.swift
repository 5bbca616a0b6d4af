import TenonCore

extension GitRepository {
    /// The pointers in a commit's tree, in Git's order; only those at or below `prefix` if it is not empty.
    package func pointers(inCommit commit: GitObjectID, under prefix: [UInt8] = []) throws -> [TreeEntry] {
        try pointers(inTree: self.commit(commit).tree, under: prefix)
    }

    /// The pointers in a tree, in Git's order; only those at or below `prefix` if it is not empty.
    package func pointers(inTree tree: GitObjectID, under prefix: [UInt8] = []) throws -> [TreeEntry] {
        var walk = PointerWalk(repository: self, prefix: prefix)
        var result: [TreeEntry] = []
        try walk.run(tree) { result.append($0) }
        return result
    }

    /// Gives the pointers of a tree to `body`, leaving out all trees in `seen`, which grows: over a history, each tree is read once, so each blob
    /// comes at least once, with the first of its paths in each tree.
    package func forEachNewPointer(inTree tree: GitObjectID, seen: inout Set<GitObjectID>, _ body: (TreeEntry) throws -> Void) throws {
        guard seen.insert(tree).inserted else { return }
        var walk = PointerWalk(repository: self, seen: seen)
        seen = []
        defer { seen = walk.seen ?? [] }
        try walk.run(tree, body)
    }

    /// The pointers that differ between two trees, in byte order of their paths; `nil` stands for an empty tree.
    package func pointerChanges(from old: GitObjectID?, to new: GitObjectID?) throws -> [TreeChange] {
        var comparison = TreeComparison(self)
        return try comparison.run(from: old, to: new)
    }

    /// The pointers that a commit changes against its first parent (a commit without one: against nothing).
    package func pointerChanges(in commit: CommitInfo) throws -> [TreeChange] {
        // What a shallow clone leaves out can't be compared with.
        let parent = try commit.parents.first.flatMap { try commitIfPresent($0) }
        return try pointerChanges(from: parent?.tree, to: commit.tree)
    }

    /// The entry at `path` in a tree, of whatever kind; `nil` if there is none.
    package func entry(at path: [UInt8], inTree tree: GitObjectID) throws -> TreeEntry? {
        var tree = tree
        let components = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (depth, component) in components.enumerated() {
            var cursor = try cursor(tree)
            var found = false
            while try !found && cursor.advance() { found = cursor.name == component }
            guard found else { return nil }
            let id = try cursor.entryID()
            if depth == components.count - 1 { return TreeEntry(path: path, mode: cursor.mode, id: id) }
            guard cursor.mode.isDirectory else { return nil }
            tree = id
        }
        return nil
    }
}
