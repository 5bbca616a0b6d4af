import TenonCore

/// Finds the pointers in a tree, in Git's order, passing over subtrees that are known to hold none.
///
/// Works on a stack of its own: the depth of a tree is up to whoever wrote it.
struct PointerWalk {
    private struct Level {
        var cursor: TreeCursor
        let pathLength: Int
        let foundBefore: Int
        /// Set if something below was left out, so that nothing can be said of the whole.
        var isPartial: Bool
    }

    /// Bounds of a walk, against trees made to explode: paths longer than the longest that Tenon takes, and more pointers than this, are refused.
    static let maximumPathLength = RelativePath.maximumLength
    static let maximumPointers = 2_000_000

    let repository: GitRepository
    /// Only what lies at or below this path; empty: everything.
    var prefix: [UInt8] = []
    /// If set: trees that were walked before in this series are left out.
    var seen: Set<GitObjectID>?

    /// Gives each pointer in `root` to `body`, with `path` before its name.
    mutating func run(_ root: GitObjectID, at path: [UInt8] = [], _ body: (TreeEntry) throws -> Void) throws {
        var path = path
        var found = 0
        var levels: [Level] = []
        if let level = try level(root, path, found) { levels.append(level) }
        while var level = levels.popLast() {
            path.removeLast(path.count - level.pathLength)
            guard try level.cursor.advance() else {
                if level.foundBefore == found && !level.isPartial { repository.memo.noteWithoutPointers(level.cursor.id) }
                if level.isPartial, let parent = levels.indices.last { levels[parent].isPartial = true }
                continue
            }
            let mode = level.cursor.mode
            let isPointer = mode.isFile && PointerName.matches(level.cursor.name)
            guard isPointer || mode.isDirectory else {
                levels.append(level)
                continue
            }
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            path.append(contentsOf: level.cursor.name)
            let id = try level.cursor.entryID()
            if path.count > PointerWalk.maximumPathLength || !isInPrefix(path, isDirectory: mode.isDirectory) {
                level.isPartial = true
                levels.append(level)
            } else if isPointer {
                found += 1
                guard found <= PointerWalk.maximumPointers else {
                    throw TenonError(.corrupt, "Git tree \(root) holds more than \(PointerWalk.maximumPointers) pointers")
                }
                levels.append(level)
                try body(TreeEntry(path: path, mode: mode, id: id))
            } else {
                levels.append(level)
                if repository.memo.isWithoutPointers(id) { continue }
                if seen?.insert(id).inserted == false {
                    levels[levels.count - 1].isPartial = true
                    continue
                }
                if let below = try self.level(id, path, found) { levels.append(below) }
            }
        }
    }

    private func level(_ tree: GitObjectID, _ path: [UInt8], _ found: Int) throws -> Level? {
        if repository.memo.isWithoutPointers(tree) { return nil }
        return Level(cursor: try repository.cursor(tree), pathLength: path.count, foundBefore: found, isPartial: false)
    }

    private func isInPrefix(_ path: [UInt8], isDirectory: Bool) -> Bool {
        if prefix.isEmpty { return true }
        if path.starts(with: prefix) { return path.count == prefix.count || path[prefix.count] == UInt8(ascii: "/") }
        return isDirectory && prefix.starts(with: path) && prefix[path.count] == UInt8(ascii: "/")
    }
}
