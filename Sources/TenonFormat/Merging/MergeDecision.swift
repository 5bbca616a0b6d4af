import TenonCore

/// What becomes of one entry in a merge: the rule, for one path.
package enum MergeDecision: Hashable, Sendable {
    /// This is in the result; `nil`: nothing is.
    case take(ManifestEntry?)
    case conflict(MergeConflict.Kind)

    /// What only one side changed is taken; what both changed in the same way, too. The bytes of a file and its executable bit are changed
    /// independently of each other.
    ///
    /// `nil` stands for nothing at that path; what is there has the same path in all three.
    package init(base: ManifestEntry?, ours: ManifestEntry?, theirs: ManifestEntry?) {
        if ours.isSame(as: theirs) || base.isSame(as: theirs) {
            self = .take(ours)
        } else if base.isSame(as: ours) {
            self = .take(theirs)
        } else if let ours, let theirs {
            if let base, let merged = MergeDecision.merged(base, ours, theirs) {
                self = .take(merged)
            } else {
                self = .conflict(base == nil ? .bothAdded : .bothChanged)
            }
        } else {
            self = .conflict(ours == nil ? .removedByUs : .removedByThem)
        }
    }

    /// Three files of which the sides changed different things; `nil` if they did not.
    private static func merged(_ base: ManifestEntry, _ ours: ManifestEntry, _ theirs: ManifestEntry) -> ManifestEntry? {
        guard base.isFile, ours.isFile, theirs.isFile else { return nil }
        let bytes: ManifestEntry
        if ours.oid == theirs.oid || base.oid == theirs.oid {
            bytes = ours
        } else if base.oid == ours.oid {
            bytes = theirs
        } else {
            return nil
        }
        let kind = base.kind == ours.kind ? theirs.kind : ours.kind
        return .file(path: ours.path, size: bytes.size, oid: OID(bytes.oid), isExecutable: kind == .executable)
    }
}

extension ManifestEntry? {
    fileprivate func isSame(as other: ManifestEntry?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.hasSameContent(as: right)
        default: false
        }
    }
}
