import TenonCore
import TenonFormat

/// A three-way merge of directory artifacts whose manifests the store has.
package struct DirectoryMerge {
    private let store: Store
    private let merge: ManifestMerge
    private let sides: [Pointer]
    /// Where it conflicts.
    package let survey: MergeSurvey

    /// Looks for conflicts. Throws `missingContent` or `corrupt` if a manifest can't be had.
    ///
    /// - Parameter base: what both sides come from; `nil`, or a file, stands for nothing in common.
    package init(base: Pointer?, ours: Pointer, theirs: Pointer, store: Store) throws {
        guard let left = store.manifest(of: ours), let right = store.manifest(of: theirs) else {
            throw TenonError(.invalidArgument, "the two sides can't be merged", cause: "one of them is a file")
        }
        self.store = store
        sides = [ours, theirs]
        merge = ManifestMerge(base: base.flatMap(store.manifest), ours: left, theirs: right)
        survey = try merge.survey()
    }

    /// Stores the result and returns its pointer; where a side has the same content, that side's, with the run that made it. When it returns, the snapshot is durable: its manifest is new, its files are stored already.
    ///
    /// Throws `missingContent` if the store lacks the bytes of a file that the result needs, `noSpace`, `cancelled`.
    ///
    /// - Parameter side: from which side a conflict is taken; asked with the path of the conflict.
    package func store(side: (ArraySlice<UInt8>) -> MergeSide, progress: ProgressSink) throws -> Pointer {
        guard survey.isComplete else {
            throw TenonError(
                .conflict, "the two sides can't be merged", cause: "they conflict in \(survey.count) entries", hint: "take one side as a whole")
        }
        return try Store.retryingLost {
            let session = try store.beginWrite()
            do {
                let metadata = MetadataWriter(store: store, session: session, choice: .auto, progress: progress)
                let builder = ContentBuilder { try metadata.add(node: $0, $1) }
                let check = StoredContentCheck(store: store, session: session, progress: progress)
                try merge.forEach(survey, side: side) { entry in
                    try progress.check()
                    if entry.isFile, try !check.isStored(OID(entry.oid), size: entry.size) { throw DirectoryMerge.missing(entry) }
                    try builder.add(entry)
                }
                let content = try builder.finish()
                guard let merged = content.pointer else {
                    throw TenonError(.invalidArgument, "the two sides can't be merged", cause: "the result has more than 2^63 − 1 bytes")
                }
                let pointer = sides.first { $0.sameContent(as: merged) } ?? merged
                try metadata.flush()
                if store.isStored(pointer) {
                    session.abort()
                    return pointer
                }
                try session.commit([SnapshotRow(content: pointer, time: store.options.now())])
                return pointer
            } catch {
                session.abort()
                throw error
            }
        }
    }

    private static func missing(_ entry: ManifestEntry) -> TenonError {
        TenonError(.missingContent, "the store lacks the bytes of '\(displayName(entry.path))'", cause: "no pack holds \(OID(entry.oid))")
    }
}
