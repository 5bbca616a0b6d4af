import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// What `policy.lineage`, `policy.validated` and `policy.metrics` ask of an artifact's history. The one place where it is judged, whoever asks: a commit, a push, a check.
struct HistoryRules {
    /// A rule that some content breaks.
    struct Violation: Hashable, Sendable {
        var rule: PolicyFinding.Rule
        var cause: String
        var remedy: String
        /// Whether it is Git's history that lacks something.
        var isOfHistory = false
    }

    private let tree: WorkTree
    private let store: Store
    private let lineage: [Glob]
    private let validated: [Glob]
    private let metrics: [(glob: Glob, rule: MetricRule)]

    private let isAvailable: (Pointer) -> Bool

    /// - Parameter isAvailable: whether content can be had; `nil`: whether it is stored.
    init(tree: WorkTree, store: Store, policy: Policy, isAvailable: ((Pointer) -> Bool)? = nil) {
        self.isAvailable = isAvailable ?? { store.isStored($0) }
        self.tree = tree
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
        var evaluations: [EvaluationRecord] = []
        // What can't be read is no evidence.
        for id in try store.records(RecordLink(pointer)) {
            guard let statement = try? store.record(id).statement else { continue }
            if let run = try? RunRecord(statement) { runs.append(run) }
            if let evaluation = try? EvaluationRecord(statement), evaluation.kind == .validation { evaluations.append(evaluation) }
        }
        var result: [Violation] = []
        if lineage.contains(where: { $0.matches(artifact.bytes) }), let violation = try lineageViolation(of: artifact, pointer, runs) {
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

    private func lineageViolation(of artifact: RelativePath, _ pointer: Pointer, _ runs: [RunRecord]) throws -> Violation? {
        func violation(_ cause: String, _ remedy: String) -> Violation { Violation(rule: .lineage, cause: cause, remedy: remedy) }
        guard !runs.isEmpty else {
            guard let run = pointer.run else {
                return violation("no run is recorded that made it", "make it with 'tenon run -o \(artifact) -- COMMAND'")
            }
            if store.hasRecord(run) {
                return violation("the record that its pointer names is not about these bytes", "make it with 'tenon run -o \(artifact) -- COMMAND'")
            }
            return violation("its record \(run) is not in this store", "record it where it was made, or make it anew with 'tenon run'")
        }
        // One run whose whole past is there is enough, whichever the pointer names.
        var reasons: [(cause: String, isOfHistory: Bool)] = []
        for run in runs {
            guard let missing = try missing(for: run) else { return nil }
            reasons.append(missing)
        }
        var result = violation(reasons.first?.cause ?? "", "bring what is missing, or make it anew with 'tenon run -o \(artifact) -- COMMAND'")
        result.isOfHistory = reasons.contains(where: \.isOfHistory)
        return result
    }

    /// What is missing of all that a run came from.
    private func missing(for run: RunRecord) throws -> (cause: String, isOfHistory: Bool)? {
        for input in run.definition.inputs where !isAvailable(input.pointer) {
            return ("the input '\(displayName(input.path))' (\(input.pointer.oid)) of its run is not stored", false)
        }
        let code = run.definition.code
        if let workTree = code.workTree {
            return isAvailable(workTree) ? nil : ("the code of its run (\(workTree.oid)) is not stored", false)
        }
        guard let commit = code.commit else { return ("its run names no code", false) }
        guard let id = try? tree.commitIdentifier(commit), try tree.repository.commitIfPresent(id) != nil else {
            return ("the commit \(commit.prefix(12)) that its run executed is not in this repository", true)
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
