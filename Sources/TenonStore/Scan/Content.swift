import TenonCore
import TenonFormat

/// What an artifact consists of, as its pointer says it: all of the pointer but `run` and `x-` lines.
package struct Content: Hashable, Sendable {
    package var kind: ArtifactKind
    package var oid: OID
    /// Bytes of all regular files.
    package var size: UInt64
    /// Number of regular files; trees only.
    package var files: UInt64?
    /// Root of the manifest; trees only.
    package var manifest: NodeID?
    /// Whether the file is executable; files only.
    package var executable: Bool

    package init(kind: ArtifactKind, oid: OID, size: UInt64, files: UInt64? = nil, manifest: NodeID? = nil, executable: Bool = false) {
        self.kind = kind
        self.oid = oid
        self.size = size
        self.files = files
        self.manifest = manifest
        self.executable = executable
    }
}

/// What lies at an artifact's path.
package enum Observation: Hashable, Sendable {
    case absent
    case present(Content)
}
