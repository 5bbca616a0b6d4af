import TenonCore
import TenonFormat

/// What is to lie at an artifact's place: the entries of a pointer's content, proved to have its oid.
struct TargetTree: Sendable {
    let kind: ArtifactKind
    /// In byte order of their paths. A file artifact is one entry, by the artifact's own name.
    let entries: [ManifestEntry]

    /// Reads what `pointer` names. Throws `missingContent` or `corrupt` if its manifest can't be had, or is of other content.
    init(_ pointer: Pointer, name: ArraySlice<UInt8>, store: Store) throws {
        kind = pointer.kind
        guard pointer.kind == .tree, let root = pointer.manifest else {
            entries = [.file(path: name, size: pointer.size, oid: pointer.oid, isExecutable: pointer.executable)]
            return
        }
        var entries: [ManifestEntry] = []
        var hasher = DirectoryHasher()
        var size: UInt64 = 0
        var files: UInt64 = 0
        var cursor = try ManifestReader(root: root) { try store.read(ObjectKey(type: .node, id: $0.digest)) }.cursor()
        while let entry = try cursor.next() {
            if entry.isFile {
                hasher.add(path: entry.path, oid: OID(entry.oid))
                size &+= entry.size
                files += 1
            }
            entries.append(entry)
        }
        guard hasher.finalize() == pointer.oid, size == pointer.size, files == pointer.files else {
            throw TenonError(
                .corrupt, "the pointer with oid \(pointer.oid) contradicts itself", cause: "its manifest is of another directory",
                hint: "take the pointer from another commit")
        }
        self.entries = entries
    }

    /// The directories that must exist for `entries`, each before those in it.
    static func directories(for entries: some Sequence<ManifestEntry>) -> [[UInt8]] {
        var directories = Directories()
        var lastParent: ArraySlice<UInt8>?
        for entry in entries {
            if entry.kind == .directory {
                directories.add(entry.path)
            } else if let parent = parent(of: entry.path), parent != lastParent {
                lastParent = parent
                directories.add(parent)
            }
        }
        return directories.paths
    }

    private static func parent(of path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        path.lastIndex(of: UInt8(ascii: "/")).map { path[path.startIndex..<$0] }
    }

    private struct Directories {
        private var known: Set<ArraySlice<UInt8>> = []
        private(set) var paths: [[UInt8]] = []

        mutating func add(_ path: ArraySlice<UInt8>) {
            guard known.insert(path).inserted else { return }
            if let parent = TargetTree.parent(of: path) { add(parent) }
            paths.append(Array(path))
        }
    }
}
