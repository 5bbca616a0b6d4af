import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// Tells which records are of one repository. Others of the same person share the store: where bytes are equal by chance, what is recorded of theirs is
/// found with it, and is neither sent along nor taken for where these come from.
///
/// A run or evaluation is of the repository if it was recorded there or its commit is there, or if a pointer names it; a verdict or signature goes with
/// the record that it is about.
struct OwnRecords {
    private let tree: WorkTree
    private let identifier: String
    private let named: Set<RunID>
    private var known: [RunID: Bool] = [:]
    private var commits: [String: Bool] = [:]

    /// - Parameter named: the runs that pointers of the repository name.
    init(_ tree: WorkTree, named: some Sequence<RunID> = EmptyCollection()) throws {
        self.tree = tree
        identifier = try tree.repositoryIdentifier()
        self.named = Set(named)
    }

    /// What can't be read is nobody's.
    mutating func contains(_ id: RunID) throws -> Bool {
        if named.contains(id) { return true }
        if let answer = known[id] { return answer }
        // Of records that name each other in circles, which only a forger makes, none is.
        known[id] = false
        guard let statement = try? tree.engine.store.record(id).statement else { return false }
        let answer = try isOwn(statement)
        known[id] = answer
        return answer
    }

    private mutating func isOwn(_ statement: Statement) throws -> Bool {
        if let run = try? RunRecord(statement) { return try isHere(run.definition.repository, run.definition.code.commit) }
        if let found = try? EvaluationRecord(statement) { return try isHere(found.repository, found.commit) }
        if let found = try? SignatureRecord(statement) { return try contains(found.signed) }
        switch statement.predicateType {
        case RerunVerdict.predicateType: return try statement.predicate["run"]?.string.flatMap { RunID(text: $0) }.map { try contains($0) } ?? false
        case BindingRecord.predicateType: return try isHere(nil, statement.predicate["commit"]?["digest"]?["gitCommit"]?.string)
        default: return false
        }
    }

    private mutating func isHere(_ repository: String?, _ commit: String?) throws -> Bool {
        if repository == identifier { return true }
        guard let commit, let id = GitObjectID(hex: commit) else { return false }
        if let answer = commits[commit] { return answer }
        let answer = (try? tree.repository.commitIfPresent(id)) != nil
        commits[commit] = answer
        return answer
    }
}

extension WorkTree {
    /// The run that made this content: the one that the pointer names, else the first of this repository, else the first of all.
    func runThatMade(_ content: Pointer) throws -> RunID? {
        let runs = try engine.store.records(RecordLink(content), type: RunRecord.predicateType)
        if let run = content.run, runs.contains(run) { return run }
        guard runs.count > 1 else { return runs.first }
        var own = try OwnRecords(self)
        return try runs.first { try own.contains($0) } ?? runs.first
    }
}
