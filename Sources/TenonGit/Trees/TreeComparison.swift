/// Finds the pointers that differ between two trees by walking both and passing over what is the same.
struct TreeComparison {
    private struct Pair {
        let path: [UInt8]
        let old: GitObjectID?
        let new: GitObjectID?
    }

    let repository: GitRepository
    private var changes: [TreeChange] = []
    private var pending: [Pair] = []

    init(_ repository: GitRepository) {
        self.repository = repository
    }

    /// The changes from `old` to `new` in byte order of their paths; `nil` is an empty tree.
    mutating func run(from old: GitObjectID?, to new: GitObjectID?) throws -> [TreeChange] {
        changes = []
        push([], old, new)
        while let pair = pending.popLast() {
            switch (pair.old, pair.new) {
            case (let old?, let new?): try compare(pair.path, old, new)
            case (let old?, nil): try takeAll(old, pair.path) { TreeChange(path: $0.path, old: $0, new: nil) }
            case (nil, let new?): try takeAll(new, pair.path) { TreeChange(path: $0.path, old: nil, new: $0) }
            case (nil, nil): break
            }
        }
        return changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private mutating func push(_ path: [UInt8], _ old: GitObjectID?, _ new: GitObjectID?) {
        let memo = repository.memo
        let old = old.flatMap { memo.isWithoutPointers($0) ? nil : $0 }
        let new = new.flatMap { memo.isWithoutPointers($0) ? nil : $0 }
        if old != new && path.count <= PointerWalk.maximumPathLength { pending.append(Pair(path: path, old: old, new: new)) }
    }

    private mutating func takeAll(_ tree: GitObjectID, _ path: [UInt8], _ change: (TreeEntry) -> TreeChange) throws {
        var walk = PointerWalk(repository: repository)
        try walk.run(tree, at: path) { changes.append(change($0)) }
    }

    /// Merges two trees, both in Git's order.
    private mutating func compare(_ path: [UInt8], _ old: GitObjectID, _ new: GitObjectID) throws {
        var left = try repository.cursor(old)
        var right = try repository.cursor(new)
        var hasLeft = try left.advance()
        var hasRight = try right.advance()
        while hasLeft || hasRight {
            let takesLeft = hasLeft && (!hasRight || !right.isOrderedBefore(left))
            let takesRight = hasRight && (!hasLeft || !left.isOrderedBefore(right))
            if !(takesLeft && takesRight && left.mode == right.mode && left.namesSameObject(as: right)) {
                try note(path, takesLeft ? left : nil, takesRight ? right : nil)
            }
            if takesLeft { hasLeft = try left.advance() }
            if takesRight { hasRight = try right.advance() }
        }
    }

    /// Takes in entries of the same name, or one alone.
    private mutating func note(_ path: [UInt8], _ old: TreeCursor?, _ new: TreeCursor?) throws {
        guard let name = (new ?? old)?.name else { return }
        let below = path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + name
        if (new ?? old)?.mode.isDirectory == true {
            push(below, try old?.entryID(), try new?.entryID())
        } else if PointerName.matches(name) {
            let before = try old.flatMap { $0.mode.isFile ? TreeEntry(path: below, mode: $0.mode, id: try $0.entryID()) : nil }
            let after = try new.flatMap { $0.mode.isFile ? TreeEntry(path: below, mode: $0.mode, id: try $0.entryID()) : nil }
            if before != after { changes.append(TreeChange(path: below, old: before, new: after)) }
        }
    }
}
