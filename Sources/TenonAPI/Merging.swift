/// `tenon merge-driver`: merges three pointers of one artifact. About the store alone, so that it can be asked in a bare repository too.
package struct MergeRequest: Request {
    package static let verb = "merge"
    /// The artifact, relative to the top of the work tree: for what is said about it.
    package var path: WirePath
    /// The text of the pointer that both sides come from; `nil` where they have none in common.
    package var base: String?
    package var ours: String
    package var theirs: String
    /// Where the merge goes on, for the remotes that are configured there; `nil` in a bare repository.
    package var workTree: WorkTreeContext?
    /// What is missing may be fetched, with these variables of the person's environment; `nil`: nothing is fetched.
    package var environment: [String: String]?

    package init(
        path: WirePath, base: String?, ours: String, theirs: String, workTree: WorkTreeContext? = nil, environment: [String: String]? = nil
    ) {
        self.path = path
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.workTree = workTree
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        /// The text of the merged pointer, whose content is stored; `nil`: both sides changed the same.
        package var merged: String?
        /// Where a directory conflicts; `nil` where the artifact conflicts as a whole, or not at all.
        package var conflict: ConflictSummary?

        package init(merged: String? = nil, conflict: ConflictSummary? = nil) {
            self.merged = merged
            self.conflict = conflict
        }
    }
}

/// `tenon diff-driver`: prints a pointer and the entries of its directory, a line each, for Git to compare.
///
/// About the store alone, as `MergeRequest` is. The lines are made by the daemon: as values of their own, ten thousands of them would take longer
/// than the rest of the diff.
package struct DescribeRequest: Request {
    package static let verb = "describe"
    /// The text of a pointer.
    package var pointer: String

    package init(pointer: String) { self.pointer = pointer }

    package typealias Item = DescribedLines

    package struct Reply: Codable, Sendable {
        /// How many entries were listed.
        package var entries: UInt64
        package init(entries: UInt64) { self.entries = entries }
    }
}

/// Some lines of a description.
package struct DescribedLines: Codable, Sendable, Hashable {
    /// Each line with its line feed.
    package var text: String
    package init(text: String) { self.text = text }
}

/// What in a directory artifact both sides changed, and not in the same way.
package struct ConflictSummary: Codable, Sendable, Hashable {
    /// How many entries conflict, and how many of these have been settled.
    package var count: Int
    package var settled: Int
    /// The first of them.
    package var entries: [ConflictedEntry]

    package init(count: Int, settled: Int = 0, entries: [ConflictedEntry]) {
        self.count = count
        self.settled = settled
        self.entries = entries
    }
}

/// A file, symlink or directory in conflict.
package struct ConflictedEntry: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case bothAdded = "both_added"
        case bothChanged = "both_changed"
        /// We removed what they changed.
        case removedByUs = "removed_by_us"
        /// They removed what we changed.
        case removedByThem = "removed_by_them"
        /// A file on one side, a directory on the other.
        case fileAndDirectory = "file_and_directory"
    }

    /// From the top of the work tree.
    package var path: WirePath
    package var kind: Kind
    /// The side that was chosen, if one was.
    package var settled: RestoreRequest.Side?

    package init(path: WirePath, kind: Kind, settled: RestoreRequest.Side? = nil) {
        self.path = path
        self.kind = kind
        self.settled = settled
    }
}
