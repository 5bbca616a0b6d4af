import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon merge-driver`: merges three pointers. What a clean merge names is stored before this returns. No index is looked at, and nothing of the
    /// work tree but which remotes it has.
    package func merge(_ request: MergeRequest, _ reporter: Reporter<MergeRequest>) async throws -> MergeRequest.Reply {
        let path = try RelativePath(bytes: request.path.bytes)
        let base = try request.base.map { try Engine.pointer($0, "the base", path) }
        let ours = try Engine.pointer(request.ours, "our side", path)
        let theirs = try Engine.pointer(request.theirs, "their side", path)
        switch PointerMerge(base: base, ours: ours, theirs: theirs) {
        case .merged(let pointer): return MergeRequest.Reply(merged: String(decoding: pointer.bytes, as: UTF8.self))
        case .conflict: return MergeRequest.Reply()
        case .directories(let base):
            try await bringMissing([base, ours, theirs].compactMap(\.self), of: path, request, reporter)
            return try await work(reporter) { meter in
                meter.begin(.storing, path.description)
                return try self.merge(base, ours, theirs, of: path, progress: meter.sink)
            }
        }
    }

    private func merge(
        _ base: Pointer?, _ ours: Pointer, _ theirs: Pointer, of path: RelativePath, progress: ProgressSink
    ) throws -> MergeRequest.Reply {
        do {
            let merge = try DirectoryMerge(base: base, ours: ours, theirs: theirs, store: store)
            guard merge.survey.isClean else { return MergeRequest.Reply(conflict: ConflictSummary(merge.survey, of: path)) }
            let pointer = try merge.store(side: { _ in .ours }, progress: progress)
            return MergeRequest.Reply(merged: String(decoding: pointer.bytes, as: UTF8.self))
        } catch let error as TenonError where error.code == .missingContent {
            throw TenonError(
                .missingContent, "'\(path)' can't be merged", cause: error.description,
                hint: "end this merge ('git merge --abort'), bring the data of both sides ('tenon fetch'), and merge again")
        }
    }

    private static func pointer(_ text: String, _ side: String, _ path: RelativePath) throws -> Pointer {
        do {
            return try Pointer(parsing: Array(text.utf8))
        } catch let error as TenonError {
            throw TenonError(error.code, "'\(path)' can't be merged", cause: "\(side): \(error)", hint: error.hint)
        }
    }
}

extension ConflictSummary {
    /// How many entries are named at most, so that an answer stays small.
    static let maximumLength = 100

    /// - Parameters:
    ///   - survey: what was found in the manifests.
    ///   - artifact: where they belong.
    ///   - settled: which side was chosen for which conflict.
    init(_ survey: MergeSurvey, of artifact: RelativePath, settled: [ArraySlice<UInt8>: MergeSide] = [:]) {
        self.init(
            count: survey.count, settled: settled.count,
            entries: survey.conflicts.prefix(ConflictSummary.maximumLength).map { conflict in
                ConflictedEntry(
                    path: WirePath(bytes: artifact.bytes + [UInt8(ascii: "/")] + conflict.path), kind: .init(conflict.kind),
                    settled: settled[conflict.path].map { $0 == .ours ? .ours : .theirs })
            })
    }
}

extension ConflictedEntry.Kind {
    fileprivate init(_ kind: MergeConflict.Kind) {
        switch kind {
        case .bothAdded: self = .bothAdded
        case .bothChanged: self = .bothChanged
        case .removedByUs: self = .removedByUs
        case .removedByThem: self = .removedByThem
        case .fileAndDirectory: self = .fileAndDirectory
        }
    }
}
