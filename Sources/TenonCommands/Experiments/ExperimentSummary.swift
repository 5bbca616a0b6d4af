import TenonAPI
import TenonClient

/// All that is known of an experiment, whether it has a result or not: a row of `exp list` and `exp compare`.
struct ExperimentSummary: Encodable {
    var name: String
    var status: ExperimentStatus
    /// What its files are called, in the clone that it ran in.
    var id: String?
    /// Its result, and the commit that it started from.
    var commit: String?
    var parent: String?
    var group: String?
    /// Milliseconds since 1970 UTC.
    var created: UInt64?
    var started: UInt64?
    var finished: UInt64?
    var command: [String]?
    var stages: [String]?
    var overrides: [ExperimentDocument.Override] = []
    var parameters: [String: PlainValue] = [:]
    var metrics: [String: Double] = [:]
    var inputs: [String: String] = [:]
    var outputs: [String: String] = [:]
    var runs: [String] = []
    /// Why it has no result.
    var reason: String?

    init(_ entry: ExperimentCatalog.Entry) {
        name = entry.name
        status = .done
        commit = entry.commit
        parent = entry.parent
        guard let document = entry.document else {
            reason = "its commit does not say what it is, or a newer Tenon wrote it"
            return
        }
        id = document.id.flatMap { ExperimentShelf.isID($0) ? $0 : nil }
        group = document.group
        created = document.created
        started = document.started
        finished = document.finished
        command = document.command
        stages = document.stages
        overrides = document.overrides
        parameters = document.parameters
        metrics = document.metrics
        inputs = document.inputs
        outputs = document.outputs
        runs = document.runs
    }

    init(_ state: ExperimentState, shelf: ExperimentShelf) {
        name = state.name
        status = shelf.status(state)
        id = state.id
        parent = state.commit
        group = state.group
        created = state.created
        started = state.started
        finished = state.finished
        command = state.command.map { $0.map(\.description) }
        stages = state.scope.stages
        overrides = ExperimentSummary.overrides(state.overrides)
        parameters = ExperimentSummary.values(state.overrides)
        reason = state.reason
        // What it has told of itself so far.
        if status == .running {
            metrics = shelf.liveMetrics(state.id).mapValues(\.value).filter { $0.value.isFinite }
        }
        if status == .interrupted { reason = "whoever ran it is gone; 'tenon exp start \(name)' runs it again" }
    }

    static func overrides(_ overrides: [ParameterOverride]) -> [ExperimentDocument.Override] {
        overrides.map { ExperimentDocument.Override(file: $0.file.description, key: $0.key, value: $0.value) }
    }

    private static func values(_ overrides: [ParameterOverride]) -> [String: PlainValue] {
        var result: [String: PlainValue] = [:]
        for override in overrides { result[override.key] = PlainValue(json: override.value) }
        return result
    }

    /// A metric, a parameter, or what else an experiment is known by.
    func value(of key: String) -> PlainValue? {
        if let metric = metrics[key] { return .number(metric) }
        if let parameter = parameters[key] { return parameter }
        switch key {
        case "name": return .text(name)
        case "status": return .text(status.rawValue)
        case "group": return group.map { .text($0) }
        case "created": return created.map { .number(Double($0)) }
        default:
            // The last part of a key will do where it is the only one.
            let names = parameters.keys.filter { $0.hasSuffix("." + key) } + metrics.keys.filter { $0.hasSuffix("." + key) }
            guard names.count == 1, let only = names.first else { return outputs[key].map { .text($0) } ?? inputs[key].map { .text($0) } }
            return metrics[only].map { .number($0) } ?? parameters[only]
        }
    }

    /// Everything that there is: those with a result, then those without, each the earliest first.
    static func all(_ shelf: ExperimentShelf, _ catalog: ExperimentCatalog) throws -> [ExperimentSummary] {
        // First how far each is, then the results: one that ends between both looks is seen twice rather than not at all.
        let states = shelf.all().map { ExperimentSummary($0, shelf: shelf) }
        let done = try catalog.entries().map { ExperimentSummary($0) }
        let names = Set(done.map(\.name))
        let open = states.filter { !names.contains($0.name) && $0.status != .done }
        return done.sorted { ($0.created ?? 0, $0.name) < ($1.created ?? 0, $1.name) } + open
    }
}
