import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// What `policy.lineage`, `policy.validated` and `policy.metrics` ask of an artifact's history. The one place where it is judged, whoever asks: a commit, a push, a check.
struct HistoryRules {
    /// A rule that some content breaks.
    struct Violation: Hashable, Sendable {
        var rule: PolicyFinding.Rule
        var cause: String
        var remedy: String
        /// A commit that Git's history lacks, where that is the reason.
        var lackedCommit: GitObjectID?
    }

    private let repository: GitRepository
    private let store: Store
    private let lineage: [Glob]
    private let validated: [Glob]
    private let metrics: [(glob: Glob, rule: MetricRule)]

    private let isAvailable: (Pointer) -> Bool

    /// - Parameter isAvailable: whether content can be had; `nil`: whether it is stored.
    init(repository: GitRepository, store: Store, policy: Policy, isAvailable: ((Pointer) -> Bool)? = nil) {
        self.isAvailable = isAvailable ?? { store.isStored($0) }
        self.repository = repository
        self.store = store
        lineage = policy.lineage.map { Glob($0) }
        validated = policy.validated.map { Glob($0) }
        metrics = policy.metrics.map { (Glob($0.glob), $0) }
    }

    /// Whether any rule is about this artifact.
    func areAbout(_ artifact: RelativePath) -> Bool {
        (lineage + validated + metrics.map(\.glob)).contains { $0.matches(artifact.bytes) }
    }

    /// The rules that `pointer` breaks at `artifact`.
    func violations(of artifact: RelativePath, _ pointer: Pointer) throws -> [Violation] {
        guard areAbout(artifact) else { return [] }
        var runs: [RunRecord] = []
        var failed: [RunRecord] = []
        var evaluations: [EvaluationRecord] = []
        // What can't be read is no evidence.
        for id in try store.records(RecordLink(pointer)) {
            guard let statement = try? store.record(id).statement else { continue }
            // What a failed command left behind, its run does not vouch for: neither that it was made so, nor how good it is.
            if let run = try? RunRecord(statement) { if run.isSuccess { runs.append(run) } else { failed.append(run) } }
            if let evaluation = try? EvaluationRecord(statement), evaluation.kind == .validation { evaluations.append(evaluation) }
        }
        var result: [Violation] = []
        if lineage.contains(where: { $0.matches(artifact.bytes) }), let violation = try lineageViolation(of: artifact, pointer, runs, failed) {
            result.append(violation)
        }
        if validated.contains(where: { $0.matches(artifact.bytes) }), evaluations.isEmpty {
            result.append(
                Violation(
                    rule: .validated, cause: "no validation of these bytes is recorded",
                    remedy: "tenon record \(artifact) --kind validation --metric NAME=VALUE"))
        }
        // Of several records the latest that has the metric counts.
        let values = (runs.map { ($0.finished, $0.metrics) } + evaluations.map { ($0.time, $0.metrics) }).sorted { $0.0 < $1.0 }.map(\.1)
        for (glob, rule) in metrics where glob.matches(artifact.bytes) {
            if let violation = metricViolation(of: artifact, rule, values) { result.append(violation) }
        }
        return result
    }

    // MARK: Lineage

    private func lineageViolation(
        of artifact: RelativePath, _ pointer: Pointer, _ runs: [RunRecord], _ failed: [RunRecord]
    ) throws -> Violation? {
        func violation(_ cause: String, _ remedy: String) -> Violation { Violation(rule: .lineage, cause: cause, remedy: remedy) }
        guard !runs.isEmpty else {
            if let run = failed.last {
                return violation(
                    "the run that made it failed: \(run.ending.sentence)", "make it anew with a 'tenon run -o \(artifact) -- COMMAND' that succeeds")
            }
            guard let run = pointer.run else {
                return violation("no run is recorded that made it", "make it with 'tenon run -o \(artifact) -- COMMAND'")
            }
            if store.hasRecord(run) {
                return violation("the record that its pointer names is not about these bytes", "make it with 'tenon run -o \(artifact) -- COMMAND'")
            }
            return violation("its record \(run) is not in this store", "record it where it was made, or make it anew with 'tenon run'")
        }
        // One run whose whole past is there is enough, whichever the pointer names.
        var reasons: [(cause: String, commit: GitObjectID?)] = []
        for run in runs {
            guard let missing = try missing(for: run) else { return nil }
            reasons.append(missing)
        }
        var result = violation(reasons.first?.cause ?? "", "bring what is missing, or make it anew with 'tenon run -o \(artifact) -- COMMAND'")
        result.lackedCommit = reasons.lazy.compactMap(\.commit).first
        return result
    }

    /// What is missing of all that a run came from.
    private func missing(for run: RunRecord) throws -> (cause: String, commit: GitObjectID?)? {
        for input in run.definition.inputs where !isAvailable(input.pointer) {
            return ("the input '\(displayName(input.path))' (\(input.pointer.oid)) of its run is not stored", nil)
        }
        let code = run.definition.code
        if let workTree = code.workTree {
            return isAvailable(workTree) ? nil : ("the code of its run (\(workTree.oid)) is not stored", nil)
        }
        guard let commit = code.commit else { return ("its run names no code", nil) }
        let id = GitObjectID(hex: commit).flatMap { $0.format == repository.objectFormat ? $0 : nil }
        guard let id, try repository.info(id)?.type == .commit else {
            return ("the commit \(displayName(commit.prefix(12).utf8)) that its run executed is not in this repository", id)
        }
        return nil
    }

    // MARK: Metrics

    private func metricViolation(of artifact: RelativePath, _ rule: MetricRule, _ values: [[String: Double]]) -> Violation? {
        let name = displayName(rule.metric.utf8)
        let asked = "\(name) \(rule.comparison.rawValue) \(rule.bound)"
        guard let value = values.reversed().lazy.compactMap({ $0[rule.metric] }).first else {
            return Violation(
                rule: .metrics, cause: "no record says what its \(name) is; policy.metrics asks for \(asked)",
                remedy: "tenon record \(artifact) --kind validation --metric \(name)=VALUE, or make it with 'tenon run -m FILE'")
        }
        guard !rule.holds(value) else { return nil }
        return Violation(rule: .metrics, cause: "its \(name) is \(value); policy.metrics asks for \(asked)", remedy: "make a better one")
    }
}

extension MetricRule {
    func holds(_ value: Double) -> Bool {
        switch comparison {
        case .atLeast: value >= bound
        case .atMost: value <= bound
        case .equal: value == bound
        case .above: value > bound
        case .below: value < bound
        }
    }
}

extension RunRecord.Ending {
    /// How the command ended, in words.
    fileprivate var sentence: String {
        switch self {
        case .exited(let status): "its command ended with \(status)"
        case .killed(let signal): "its command was ended by signal \(signal)"
        case .notStarted(let reason): "its command was not started: \(displayName(reason.utf8))"
        }
    }
}
