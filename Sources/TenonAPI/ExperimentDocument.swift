/// What the commit of an experiment says of it: one line of JSON in its message.
///
/// It may come from anybody's clone, so whoever reads it takes no word for more than text and numbers.
package struct ExperimentDocument: Codable, Sendable, Hashable {
    /// A value that was set for it.
    package struct Override: Codable, Sendable, Hashable {
        package var file: String
        package var key: String
        package var value: String

        package init(file: String, key: String, value: String) {
            self.file = file
            self.key = key
            self.value = value
        }
    }

    package static let currentVersion = 1
    /// Below which the references of experiments lie.
    package static let referencePrefix = "refs/tenon/exps/"
    /// Before the document, in its line of the commit's message.
    package static let trailer = "Tenon-Experiment: "

    package var version: Int
    package var name: String
    /// What its files are called in the clone that it ran in.
    package var id: String?
    /// Of those that were asked for together.
    package var group: String?
    /// Milliseconds since 1970 UTC.
    package var created: UInt64
    package var started: UInt64
    package var finished: UInt64
    package var user: String?
    package var host: String?
    /// What was executed: a command, or stages of the pipeline (none: all).
    package var command: [String]?
    package var stages: [String]?
    package var overrides: [Override]
    package var parameters: [String: PlainValue]
    package var metrics: [String: Double]
    /// Oids of artifacts, by path.
    package var inputs: [String: String]
    package var outputs: [String: String]
    /// Records of its runs.
    package var runs: [String]

    package init(
        name: String, id: String? = nil, group: String? = nil, created: UInt64, started: UInt64, finished: UInt64, user: String? = nil,
        host: String? = nil,
        command: [String]? = nil, stages: [String]? = nil, overrides: [Override] = [], parameters: [String: PlainValue] = [:],
        metrics: [String: Double] = [:], inputs: [String: String] = [:], outputs: [String: String] = [:], runs: [String] = []
    ) {
        version = ExperimentDocument.currentVersion
        self.name = name
        self.id = id
        self.group = group
        self.created = created
        self.started = started
        self.finished = finished
        self.user = user
        self.host = host
        self.command = command
        self.stages = stages
        self.overrides = overrides
        self.parameters = parameters
        self.metrics = metrics
        self.inputs = inputs
        self.outputs = outputs
        self.runs = runs
    }
}

/// How far an experiment is.
package enum ExperimentStatus: String, Codable, Sendable, CaseIterable {
    case queued, running, done, failed
    /// Somebody has stopped it.
    case stopped
    /// Whoever ran it is gone.
    case interrupted
}
