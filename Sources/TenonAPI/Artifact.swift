/// What a pointer says, as it travels.
package struct PointerSummary: Codable, Sendable, Hashable {
    package var kind: ArtifactKind
    /// `sha256:` and 64 hexadecimal digits.
    package var oid: String
    /// Bytes of all regular files.
    package var size: UInt64
    /// Number of regular files; trees only.
    package var files: UInt64?
    /// Root node of the manifest; trees only.
    package var manifest: String?
    package var executable: Bool
    package var run: String?

    package init(
        kind: ArtifactKind, oid: String, size: UInt64, files: UInt64? = nil, manifest: String? = nil, executable: Bool = false, run: String? = nil
    ) {
        self.kind = kind
        self.oid = oid
        self.size = size
        self.files = files
        self.manifest = manifest
        self.executable = executable
        self.run = run
    }
}

/// How an artifact's data, its pointer and the base stand to each other.
package enum ArtifactState: String, Codable, Sendable, CaseIterable {
    /// Data, pointer and base agree.
    case clean
    /// The data changed; the pointer did not.
    case modified
    /// Git moved the pointer; the data is still the old.
    case behind
    /// Pointer and data both differ from the base, and from each other.
    case diverged
    /// A checkout was cut short; `tenon restore` finishes it.
    case moving
    /// The data was there and is gone.
    case missing
    /// The data was never brought here.
    case notFetched = "not_fetched"
    /// The pointer has conflict stages in the index.
    case conflicted
    /// The pointer file can't be read as a pointer.
    case damaged
}

/// One artifact in a status.
package struct ArtifactStatus: Codable, Sendable, Hashable {
    package var path: WirePath
    package var state: ArtifactState
    /// The pointer in the work tree, if it can be read.
    package var pointer: PointerSummary?
    /// What lies in the work tree, where it differs from the pointer and is known.
    package var data: PointerSummary?
    /// Whether the store holds the bytes that the pointer names.
    package var stored: Bool
    /// Whether only some files of a directory were brought here, in a clone that takes what is named (`diverged`); else `nil`.
    package var inPart: Bool?
    /// Whether the pointer in the work tree differs from the one in Git's index.
    package var unstaged: Bool
    /// The pointer in Git's index, where that is another: what the data was before it changed.
    package var staged: PointerSummary?
    /// Why the state is what it is, where that needs words (`damaged`, unreadable data).
    package var detail: String?
    /// Where a directory conflicts (`conflicted`, if both sides are directories whose manifests are stored).
    package var conflict: ConflictSummary?

    package init(
        path: WirePath, state: ArtifactState, pointer: PointerSummary? = nil, data: PointerSummary? = nil, stored: Bool = true,
        inPart: Bool? = nil, unstaged: Bool = false, staged: PointerSummary? = nil, detail: String? = nil, conflict: ConflictSummary? = nil
    ) {
        self.path = path
        self.state = state
        self.pointer = pointer
        self.data = data
        self.stored = stored
        self.inPart = inPart
        self.unstaged = unstaged
        self.staged = staged
        self.detail = detail
        self.conflict = conflict
    }
}
