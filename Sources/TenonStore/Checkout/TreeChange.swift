import TenonCore
import TenonFormat

/// What must be done to a directory to make it another: a plan, made before anything is touched.
struct TreeChange {
    /// An entry that lies there now.
    struct Present {
        let node: DirectoryNode
        let index: Int
        let path: [UInt8]

        var item: DirectoryNode.Item { node.items[index] }
    }

    /// Entries to write, by their place in the target; with what has the same path now and is not a directory.
    var writes: [(target: Int, displaced: Present?)] = []
    /// Entries of which only the executable bit differs.
    var modes: [(target: Int, present: Present)] = []
    var removals: [Present] = []
    /// Directories to remove, each after those in it.
    var removedDirectories: [[UInt8]] = []
    /// Directories to make, each before those in it.
    var newDirectories: [[UInt8]] = []

    var isEmpty: Bool {
        writes.isEmpty && modes.isEmpty && removals.isEmpty && removedDirectories.isEmpty && newDirectories.isEmpty
    }

    /// Whether something that lies there now would be gone.
    var losesContent: Bool { !removals.isEmpty || writes.contains { $0.displaced != nil } || !removedDirectories.isEmpty }

    /// Compares what lies there with `entries`; `only` restricts both to these paths and what lies below them.
    ///
    /// Throws `conflict` if something outside of `only` is in the way.
    init(from tree: ArtifactTree, to entries: [ManifestEntry], only: [RelativePath]) throws {
        func isSelected(_ path: some Collection<UInt8>) -> Bool {
            only.isEmpty
                || only.contains { wanted in
                    path.starts(with: wanted.bytes)
                        && (path.count == wanted.bytes.count || path[path.index(path.startIndex, offsetBy: wanted.bytes.count)] == UInt8(ascii: "/"))
                }
        }
        var keptDirectories: Set<[UInt8]> = []
        var keptEntries: Set<[UInt8]> = []
        var next = 0
        var writes: [(target: Int, displaced: Present?)] = []
        var modes: [(target: Int, present: Present)] = []
        var removals: [Present] = []
        try tree.forEachEntry { node, index, bytes in
            let path = Array(bytes)
            while next < entries.count, entries[next].path.lexicographicallyPrecedes(path) {
                if isSelected(entries[next].path), entries[next].kind != .directory { writes.append((next, nil)) }
                next += 1
            }
            let present = Present(node: node, index: index, path: path)
            guard isSelected(path) else {
                if next < entries.count, entries[next].path.elementsEqual(path) { next += 1 }
                keptEntries.insert(path)
                TreeChange.forEachParent(of: path) { keptDirectories.insert($0) }
                if node.items[index].kind == .directory { keptDirectories.insert(path) }
                return
            }
            guard next < entries.count, entries[next].path.elementsEqual(path) else {
                // A directory that holds nothing goes with the directories.
                if node.items[index].kind != .directory { removals.append(present) }
                return
            }
            let target = next
            next += 1
            switch TreeChange.compare(present, entries[target]) {
            case .same: break
            case .mode: modes.append((target, present))
            case .other:
                if entries[target].kind == .directory {
                    removals.append(present)
                } else {
                    writes.append((target, present.item.kind == .directory ? nil : present))
                }
            }
        }
        while next < entries.count {
            if isSelected(entries[next].path), entries[next].kind != .directory { writes.append((next, nil)) }
            next += 1
        }
        self.writes = writes
        self.modes = modes
        self.removals = removals
        let needed = TargetTree.directories(for: entries.lazy.filter { isSelected($0.path) })
        let neededSet = Set(needed)
        let present = Set(tree.nodes.lazy.map(\.path).filter { !$0.isEmpty })
        newDirectories = needed.filter { !present.contains($0) }
        removedDirectories = tree.nodes.lazy.map(\.path)
            .filter { !$0.isEmpty && !neededSet.contains($0) && !keptDirectories.contains($0) && isSelected($0) }
            .sorted { $1.lexicographicallyPrecedes($0) }
        for path in newDirectories where keptEntries.contains(path) {
            throw TenonError(
                .conflict, "'\(displayName(path))' can't become a directory", cause: "a file lies there that is not to be restored",
                hint: "name it too, or move it away")
        }
        for (target, _) in writes where keptDirectories.contains(Array(entries[target].path)) {
            throw TenonError(
                .conflict, "'\(displayName(entries[target].path))' can't be written", cause: "a directory lies there that holds other files",
                hint: "name the directory, or move it away")
        }
    }

    private enum Difference {
        case same, mode, other
    }

    private static func compare(_ present: Present, _ target: ManifestEntry) -> Difference {
        let item = present.item
        switch (item.kind, target.kind) {
        case (.directory, .directory): return .same
        case (.symlink, .symlink): return present.node.target(item).elementsEqual(target.target) ? .same : .other
        case (.file, .file), (.executable, .executable):
            return item.oid == target.oid && item.stamp.size == target.size ? .same : .other
        case (.file, .executable), (.executable, .file):
            return item.oid == target.oid && item.stamp.size == target.size ? .mode : .other
        default: return .other
        }
    }

    private static func forEachParent(of path: [UInt8], _ body: ([UInt8]) -> Void) {
        for index in path.indices where path[index] == UInt8(ascii: "/") { body(Array(path[..<index])) }
    }
}
