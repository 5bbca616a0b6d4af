import TenonCore
import TenonFormat

/// Computes a directory's oid and manifest from its entries, given in byte order of their paths.
final class ContentBuilder {
    private var hasher: DirectoryHasher? = DirectoryHasher()
    private var builder: ManifestBuilder

    /// `sink` receives the manifest's nodes.
    init(sink: @escaping (NodeID, [UInt8]) throws -> Void) {
        builder = ManifestBuilder(sink: sink)
    }

    func add(_ item: DirectoryNode.Item, of node: DirectoryNode, path: UnsafeRawBufferPointer) throws {
        switch item.kind {
        case .file, .executable:
            guard item.isKnown else { throw ContentBuilder.unknown }
            hasher?.add(path: path, oid: OID(item.oid))
            try builder.add(path: path, kind: item.kind == .file ? .file : .executable, size: item.stamp.size, oid: item.oid)
        case .symlink:
            try node.target(item).withUnsafeBytes { try builder.add(path: path, kind: .symlink, target: $0) }
        case .directory:
            try builder.add(path: path, kind: .directory)
        }
    }

    func add(_ entry: ManifestEntry) throws {
        if entry.isFile { hasher?.add(path: entry.path, oid: OID(entry.oid)) }
        try builder.add(entry)
    }

    func finish() throws -> Content {
        guard let hasher = hasher.take() else { throw ContentBuilder.unknown }
        let summary = try builder.finish()
        return Content(kind: .tree, oid: hasher.finalize(), size: summary.size, files: summary.fileCount, manifest: summary.root)
    }

    static var unknown: TenonError { TenonError(.internal, "a file's oid is asked for before the file was read") }
}
