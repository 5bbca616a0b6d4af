import TenonCore

/// What becomes of three pointers of one artifact, as far as they tell themselves.
package enum PointerMerge: Hashable, Sendable {
    /// One side's content is the result.
    case merged(Pointer)
    /// Both sides changed a directory: their manifests decide. The base is `nil` unless it was a directory too.
    case directories(base: Pointer?)
    /// Both sides changed it, and at least one of them is a file.
    case conflict(MergeConflict.Kind)

    /// `base` is `nil` where the sides have no state in common.
    package init(base: Pointer?, ours: Pointer, theirs: Pointer) {
        if ours.sameContent(as: theirs) {
            self = .merged(PointerMerge.annotated(base: base, ours: ours, theirs: theirs))
        } else if let base, base.sameContent(as: ours) {
            self = .merged(theirs)
        } else if let base, base.sameContent(as: theirs) {
            self = .merged(ours)
        } else if ours.kind == .tree, theirs.kind == .tree {
            self = .directories(base: base?.kind == .tree ? base : nil)
        } else {
            switch MergeDecision(base: base?.fileEntry, ours: ours.fileEntry, theirs: theirs.fileEntry) {
            case .take(let entry?) where ours.kind == .file && theirs.kind == .file:
                self = .merged(.file(oid: OID(entry.oid), size: entry.size, executable: entry.kind == .executable))
            default:
                self = .conflict(base == nil ? .bothAdded : .bothChanged)
            }
        }
    }

    /// The content that both have, with what was added to it: of each line the one that differs from the base's, ours if both do.
    private static func annotated(base: Pointer?, ours: Pointer, theirs: Pointer) -> Pointer {
        // What the base says of other content says nothing of this.
        let base = base?.sameContent(as: ours) == true ? base : nil
        func pick<Value: Equatable>(_ value: (Pointer) -> Value?) -> Value? {
            let (before, left, right) = (base.flatMap(value), value(ours), value(theirs))
            return left == before ? right : left
        }
        var result = ours.withoutAnnotations
        result.run = pick(\.run)
        for key in Set((ours.extensions + theirs.extensions).map(\.key)).sorted() {
            guard let line = pick({ $0.extensions.first { $0.key == key } }) else { continue }
            // Together they may be too long for a pointer: then ours stay.
            do { try result.set(line) } catch { return ours }
        }
        return result
    }
}

extension Pointer {
    /// A file artifact as an entry without a path; `nil` for a directory.
    fileprivate var fileEntry: ManifestEntry? {
        kind == .file ? .file(path: [], size: size, oid: oid, isExecutable: executable) : nil
    }
}
