import Glibc
import TenonCore
import TenonFormat

/// Looks at chosen files of a directory, as if nothing else were in it.
struct SelectedScan {
    let place: ArtifactPlace
    let cache: StatCache

    /// What is chosen in one directory.
    private final class Choice {
        var files: [[UInt8]] = []
        var directories: [[UInt8]: Choice] = [:]
    }

    /// Those of `files`, paths below `place`, that lie there as files or symlinks.
    func scan(_ files: [RelativePath], _ progress: ProgressSink) throws -> ArtifactTree {
        let root = Choice()
        for file in files {
            var choice = root
            let components = file.components
            for component in components.dropLast() {
                let name = Array(component)
                let inner = choice.directories[name] ?? Choice()
                choice.directories[name] = inner
                choice = inner
            }
            choice.files.append(Array(file.lastComponent))
        }
        let base = try DirectoryHandle.open(absolute: place.workTreeRoot)
        let rows = cache.rows(of: place)
        let reader = DirectoryReader()
        let top = DirectoryNode(path: [])
        var waiting = [(top, root)]
        while let (node, choice) = waiting.popLast() {
            try progress.check()
            try visit(node, choice, base, reader, rows)
            for child in node.children {
                let name = child.path.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
                if let inner = choice.directories[name] { waiting.append((child, inner)) }
            }
        }
        return ArtifactTree(kind: .tree, base: base, nodes: Scanner.nodes(from: top), trust: TrustRule(parent: base))
    }

    private func visit(
        _ node: DirectoryNode, _ choice: Choice, _ base: DirectoryHandle, _ reader: DirectoryReader, _ rows: [[UInt8]: StatCacheRow]
    ) throws {
        let descriptor = base.tryOpen(node.path.isEmpty ? [UInt8(ascii: ".")] : node.path, flags: O_RDONLY | O_DIRECTORY)
        if descriptor < 0 { throw SteadyRead.Vanished(path: base.fullName(node.path)) }
        let handle = DirectoryHandle(owning: descriptor, name: base.fullName(node.path))
        for name in choice.files {
            // A directory in a file's place is a submodule, whose commit Git's own tree names.
            guard let kind = try handle.status(name)?.st_mode, [S_IFREG, S_IFLNK].contains(kind & S_IFMT) else { continue }
            try reader.find(name, for: node, handle)
        }
        for name in choice.directories.keys {
            guard let kind = try handle.status(name)?.st_mode, kind & S_IFMT == S_IFDIR else { continue }
            try reader.find(name, for: node, handle)
        }
        node.seal()
        rows[node.path]?.match(node, isSharing: place.sharesFiles)
        node.computeFingerprint(&reader.scratch)
    }
}

extension Store {
    /// What the chosen files of the directory at `place` are, as if nothing else were in it; stores nothing. As the other `look`, it reads only what
    /// the stat cache can't vouch for.
    package func look(_ files: [RelativePath], of place: ArtifactPlace, progress: ProgressSink) throws -> Content {
        try Store.retryingVanished {
            let tree = try SelectedScan(place: place, cache: statCache).scan(files, progress)
            try FileDigester(tree: tree, progress: progress).digest(tree.unknownFiles())
            remember(tree, at: place)
            return try content(of: tree)
        }
    }

    /// Stores chosen files of the directory at `place`, as if nothing else were in it. When it returns, the snapshot is durable.
    ///
    /// - Parameters:
    ///   - place: its root is the directory; its path only names it to the stat cache.
    ///   - files: paths below it. What is not there, or no file or symlink, is left out.
    package func ingest(
        _ files: [RelativePath], of place: ArtifactPlace, compression: CompressionChoice, progress: ProgressSink
    ) throws -> IngestResult {
        try Store.retryingLost {
            try Store.retryingVanished {
                let tree = try SelectedScan(place: place, cache: statCache).scan(files, progress)
                let result = try ingest(tree, compression: compression, progress: progress)
                remember(tree, at: place)
                return result
            }
        }
    }
}
