import TenonCore

/// A repository that keeps its data in the store: what packs can't give back, so a file of its own, `repositories/<id>`.
package struct RepositoryRecord: Hashable, Sendable {
    /// 1 to 64 characters of `0-9a-z-`; names the file.
    package var id: String
    /// Common Git directories by which the repository has been reached, the latest first.
    package var paths: [[UInt8]]
    /// Pointers' contents that its refs, indexes and work trees named when it was last read: (kind, oid, manifest).
    package var roots: [RepositoryRoot]

    package init(id: String, paths: [[UInt8]], roots: [RepositoryRoot] = []) {
        self.id = id
        self.paths = paths
        self.roots = roots
    }
}

/// Content that a repository needs.
package struct RepositoryRoot: Hashable, Sendable {
    package var kind: ArtifactKind
    package var oid: OID
    /// Trees only.
    package var manifest: NodeID?

    package init(kind: ArtifactKind, oid: OID, manifest: NodeID? = nil) {
        self.kind = kind
        self.oid = oid
        self.manifest = manifest
    }
}
