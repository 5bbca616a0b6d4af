import TenonCore

/// One difference between two manifests.
package enum ManifestChange: Hashable, Sendable {
    case added(ManifestEntry)
    case removed(ManifestEntry)
    /// The same path with other content.
    case changed(from: ManifestEntry, to: ManifestEntry)

    package var path: ArraySlice<UInt8> {
        switch self {
        case .added(let entry), .removed(let entry), .changed(_, let entry): entry.path
        }
    }

    /// What was there; `nil` if it was added.
    var old: ManifestEntry? {
        switch self {
        case .removed(let entry), .changed(let entry, _): entry
        case .added: nil
        }
    }

    /// What is there now; `nil` if it was removed.
    var new: ManifestEntry? {
        switch self {
        case .added(let entry), .changed(_, let entry): entry
        case .removed: nil
        }
    }
}

extension ManifestReader {
    /// What turns `old` into `new`, in byte order of the paths; `nil` stands for nothing at all.
    ///
    /// Nodes that both have are not read, so the cost follows what differs.
    package static func difference(
        from old: ManifestReader?, to new: ManifestReader?, _ body: (ManifestChange) throws -> Void
    ) throws {
        if let old, let new, old.root == new.root { return }
        var left = try old?.cursor()
        var right = try new?.cursor()
        while let change = try nextChange(&left, &right) { try body(change) }
    }

    /// Whether `old` and `new` differ at `path` or in what lies below it; `nil` stands for nothing at all. Little more is read than what differs there.
    package static func differ(_ old: ManifestReader?, _ new: ManifestReader?, at path: some Collection<UInt8>) throws -> Bool {
        if let old, let new, old.root == new.root { return false }
        switch (try old?.lookup(path), try new?.lookup(path)) {
        case (let before?, let after?): return !before.hasSameContent(as: after)
        case (.some, nil), (nil, .some): return true
        case (nil, nil): break
        }
        let below = Array(path) + [UInt8(ascii: "/")]
        var left = try old?.cursor()
        var right = try new?.cursor()
        try left?.seek(below)
        try right?.seek(below)
        return try nextChange(&left, &right)?.path.starts(with: below) ?? false
    }

    /// The first change from where the cursors stand, which then stand behind it; `nil` if there is none.
    private static func nextChange(_ left: inout ManifestCursor?, _ right: inout ManifestCursor?) throws -> ManifestChange? {
        while true {
            switch (left?.position ?? .end, right?.position ?? .end) {
            case (.end, .end): return nil
            case (.node(_, let leftID), .node(_, let rightID)) where leftID == rightID:
                left?.skip()
                right?.skip()
            case (.node(let leftLevel, _), .node(let rightLevel, _)):
                if leftLevel >= rightLevel { try left?.descend() }
                if rightLevel >= leftLevel { try right?.descend() }
            case (.node, _): try left?.descend()
            case (_, .node): try right?.descend()
            case (.entry(let entry), .end):
                left?.skip()
                return .removed(entry)
            case (.end, .entry(let entry)):
                right?.skip()
                return .added(entry)
            case (.entry(let before), .entry(let after)):
                if before.path == after.path {
                    left?.skip()
                    right?.skip()
                    if !before.hasSameContent(as: after) { return .changed(from: before, to: after) }
                } else if before.path.lexicographicallyPrecedes(after.path) {
                    left?.skip()
                    return .removed(before)
                } else {
                    right?.skip()
                    return .added(after)
                }
            }
        }
    }
}
