import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// A conflict between two states of a directory artifact, from the stages in Git's index, with the choices that were made in it.
///
/// The artifact's state while it is settled is a function of both: what merges by itself, of each settled entry the side that was chosen, of all
/// others ours.
struct ArtifactConflict {
    let record: ArtifactRecord
    private let merge: DirectoryMerge
    private(set) var choices: ChoiceTable.Choices

    /// Throws `artifactState` if it conflicts as a whole: a side has removed it, or is a file.
    init(_ record: ArtifactRecord, tree: WorkTree, store: Store) throws {
        guard let ours = record.conflict[2], let theirs = record.conflict[3] else {
            throw ArtifactConflict.whole(record, record.conflict[2] == nil ? "our side has removed it" : "their side has removed it")
        }
        let (left, right) = (try tree.pointer(in: ours), try tree.pointer(in: theirs))
        guard left.kind == .tree, right.kind == .tree else { throw ArtifactConflict.whole(record, "both sides have changed it") }
        let base = try record.conflict[1].map(tree.pointer)
        self.record = record
        merge = try DirectoryMerge(base: base, ours: left, theirs: right, store: store)
        choices = try tree.choices.load(record.path, stages: record.conflict)
    }

    private static func whole(_ record: ArtifactRecord, _ cause: String) -> TenonError {
        TenonError(
            .artifactState, "'\(record.path)' conflicts as a whole", cause: cause,
            hint: "take one side: tenon restore --ours \(record.path), or --theirs")
    }

    var summary: ConflictSummary { ConflictSummary(merge.survey, of: record.path, settled: choices.sides) }

    var isSettled: Bool { choices.sides.count == merge.survey.count }

    /// Chooses `side` for every conflict at, below or around `paths`. Throws `notFound` for a path that has none.
    mutating func choose(_ side: MergeSide, for paths: [RelativePath]) throws {
        let survey = merge.survey
        guard survey.isComplete else {
            throw TenonError(
                .artifactState, "conflicts in '\(record.path)' can't be settled one by one", cause: "there are \(survey.count)",
                hint: "take one side: tenon restore --ours \(record.path), or --theirs")
        }
        for path in paths {
            var found = survey.conflicts.filter { $0.path.elementsEqual(path.bytes) || $0.path.starts(with: path.bytes + [UInt8(ascii: "/")]) }
            if let around = survey.conflict(around: path.bytes[...]) { found.append(around) }
            guard !found.isEmpty else {
                throw TenonError(
                    .notFound, "'\(record.path)/\(path)' can't be restored from one side", cause: "it is not in conflict",
                    hint: "tenon status lists what is")
            }
            for conflict in found { choices.sides[conflict.path] = side }
        }
    }

    mutating func forgetChoices() {
        choices.sides = [:]
    }

    /// Stores the state that the choices so far make, and returns its pointer.
    func target(_ progress: ProgressSink) throws -> Pointer {
        try merge.store(side: { choices.sides[$0] ?? .ours }, progress: progress)
    }
}
