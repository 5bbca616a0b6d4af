import TenonCore

/// A three-way merge of directories, entry by entry.
///
/// All of it follows from where ours and theirs differ; for each such path the base is asked what was there before. Manifests are read by cursors, in
/// order, so memory does not grow with them. A directory that both sides have emptied between them is gone, as in Git.
package struct ManifestMerge {
    private let base: ManifestReader?
    private let ours: ManifestReader
    private let theirs: ManifestReader

    /// `base` is `nil` where the sides have no state in common, or that was no directory.
    package init(base: ManifestReader?, ours: ManifestReader, theirs: ManifestReader) {
        self.base = base
        self.ours = ours
        self.theirs = theirs
    }

    /// Finds the conflicts. Reads what differs between the two sides. Throws `conflict` where files and directories met too often to be listed.
    package func survey() throws -> MergeSurvey {
        var survey = MergeSurvey()
        var meetings = Meetings()
        var base = try base?.cursor()
        try ManifestReader.difference(from: ours, to: theirs) { change in
            let decision = MergeDecision(base: try base?.entry(at: change.path), ours: change.old, theirs: change.new)
            if case .conflict(let kind) = decision {
                survey.count += 1
                // Copied: a slice would keep the whole node that it was read from.
                if survey.conflicts.count < MergeSurvey.maximumLength {
                    survey.conflicts.append(MergeConflict(path: Array(change.path)[...], kind: kind))
                }
            }
            try meetings.note(change, decision)
        }
        survey.collisions = meetings.collisions
        survey.filled = meetings.filled
        survey.emptied = meetings.emptied
        guard !survey.collisions.isEmpty else { return survey }
        // A collision decides about all that lies at and below it.
        let outside = survey.conflicts.filter { survey.collision(around: $0.path) == nil }
        survey.count += survey.collisions.count - (survey.conflicts.count - outside.count)
        survey.conflicts = outside + survey.collisions.map { MergeConflict(path: $0, kind: .fileAndDirectory) }
        survey.conflicts.sort { $0.path.lexicographicallyPrecedes($1.path) }
        return survey
    }

    /// Calls `body` with the entries of the result, in byte order of their paths.
    ///
    /// - Parameters:
    ///   - survey: what `survey` found in the same manifests.
    ///   - side: from which side a conflict is taken; asked with the path of the conflict.
    package func forEach(
        _ survey: MergeSurvey, side: (ArraySlice<UInt8>) -> MergeSide, _ body: (ManifestEntry) throws -> Void
    ) throws {
        var base = try base?.cursor()
        var rest = try ours.cursor()
        var next = try rest.next()
        try ManifestReader.difference(from: ours, to: theirs) { change in
            // What lies before it is the same on both sides.
            while let entry = next, entry.path.lexicographicallyPrecedes(change.path) {
                try body(entry)
                next = try rest.next()
            }
            if change.old != nil { next = try rest.next() }
            func taken(_ root: ArraySlice<UInt8>) -> ManifestEntry? { side(root) == .ours ? change.old : change.new }
            if let root = survey.collision(around: change.path) {
                if let entry = taken(root) { try body(entry) }
                return
            }
            switch MergeDecision(base: try base?.entry(at: change.path), ours: change.old, theirs: change.new) {
            case .take(let entry?) where entry.kind != .directory || survey.keepsDirectory(entry.path, side: side): try body(entry)
            case .take: break
            case .conflict: if let entry = taken(change.path) { try body(entry) }
            }
        }
        while let entry = next {
            try body(entry)
            next = try rest.next()
        }
    }
}

/// Finds entries of the result that lie below others, from the differences in their order.
///
/// Such a pair comes from two sides, and each is on one side only: what both have can't lie below, or above, anything of either.
private struct Meetings {
    private struct Candidate {
        let path: ArraySlice<UInt8>
        /// Whether it gives way to what lies below it.
        let isEmptyDirectory: Bool
        let side: MergeSide
    }

    private(set) var collisions: Set<ArraySlice<UInt8>> = []
    private(set) var filled: Set<ArraySlice<UInt8>> = []
    private(set) var emptied: [ArraySlice<UInt8>: MergeSide] = [:]
    /// Entries that the last path begins with: what lies below them may still come. As many as a path has bytes at most.
    private var candidates: [Candidate] = []

    mutating func note(_ change: ManifestChange, _ decision: MergeDecision) throws {
        guard let entry = change.old ?? change.new, change.old == nil || change.new == nil else { return }
        if decision == .take(nil) { return }
        let isCertain = decision == .take(entry)
        while let last = candidates.last, !entry.path.starts(with: last.path) { candidates.removeLast() }
        for candidate in candidates where entry.path[entry.path.startIndex + candidate.path.count] == UInt8(ascii: "/") {
            let path = Array(candidate.path)[...]
            if !candidate.isEmptyDirectory {
                collisions.insert(path)
            } else if isCertain {
                filled.insert(path)
            } else {
                emptied[path] = candidate.side
            }
            guard collisions.count + filled.count + emptied.count <= MergeSurvey.maximumLength else {
                throw TenonError(
                    .conflict, "the directories can't be merged",
                    cause: "files and directories of the same name meet at more than \(MergeSurvey.maximumLength) paths",
                    hint: "take one side as a whole")
            }
        }
        candidates.append(
            Candidate(path: entry.path, isEmptyDirectory: isCertain && entry.kind == .directory, side: change.old == nil ? .theirs : .ours))
    }
}
