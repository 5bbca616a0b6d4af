import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// What `policy.lineage` and `policy.metrics` ask of an artifact's history. The one place where it is judged, whoever asks: a commit, a push, a check.
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
    private let metrics: [(glob: Glob, rule: MetricRule)]

    private let isAvailable: (Pointer) -> Bool

    /// - Parameter isAvailable: whether content can be had; `nil`: whether it is stored.
    init(tree: WorkTree, store: Store, policy: Policy, isAvailable: ((Pointer) -> Bool)? = nil) {
        self.isAvailable = isAvailable ?? { store.isStored($0) }
        self.tree = tree
        self.store = store
        lineage = policy.lineage.map { Glob($0) }
        metrics = policy.metrics.map { (Glob($0.glob), $0) }
    }

    /// Whether any rule is about this artifact.
    func areAbout(_ artifact: RelativePath) -> Bool {
        lineage.contains { $0.matches(artifact.bytes) } || metrics.contains { $0.glob.matches(artifact.bytes) }
    }

    /// The rules that `pointer` breaks at `artifact`.
    func violations(of artifact: RelativePath, _ pointer: Pointer) throws -> [Violation] {
        let needsRun = lineage.contains { $0.matches(artifact.bytes) }
        let bounds = metrics.filter { $0.glob.matches(artifact.bytes) }.map(\.rule)
        guard needsRun || !bounds.isEmpty else { return [] }
        let link = RecordLink(kind: pointer.kind, oid: pointer.oid, role: .subject)
        let ids = try store.records(link, type: RunRecord.predicateType)
        var runs: [RunRecord] = []
        for id in ids { if let run = try? store.run(id) { runs.append(run) } }
        var result: [Violation] = []
        if needsRun, let violation = try lineageViolation(of: artifact, pointer, runs) { result.append(violation) }
        for rule in bounds { if let violation = metricViolation(of: artifact, rule, runs) { result.append(violation) } }
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

    /// The latest record that has the metric counts.
    private func metricViolation(of artifact: RelativePath, _ rule: MetricRule, _ runs: [RunRecord]) -> Violation? {
        let name = displayName(rule.metric.utf8)
        let asked = "\(name) \(rule.comparison.rawValue) \(rule.bound)"
        guard let value = runs.reversed().lazy.compactMap({ $0.metrics[rule.metric] }).first else {
            return Violation(
                rule: .metrics, cause: "no record says what its \(name) is; policy.metrics asks for \(asked)",
                remedy: "make it with 'tenon run -o \(artifact) -m FILE -- COMMAND', where FILE holds \(name)")
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
