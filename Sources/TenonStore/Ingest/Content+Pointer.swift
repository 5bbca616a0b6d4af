import TenonCore
import TenonFormat

extension Content {
    /// What `pointer` says of content.
    package init(_ pointer: Pointer) {
        self.init(
            kind: pointer.kind, oid: pointer.oid, size: pointer.size, files: pointer.files, manifest: pointer.manifest,
            executable: pointer.executable)
    }

    /// The pointer that names this content and nothing else. `nil` for a tree without manifest, which is no content.
    package var pointer: Pointer? {
        guard size <= UInt64(Int64.max) else { return nil }
        switch kind {
        case .file: return .file(oid: oid, size: size, executable: executable)
        case .tree: return manifest.map { .tree(oid: oid, size: size, files: files ?? 0, manifest: $0) }
        }
    }
}
