/// The stages of a pipeline, in the order in which they run; if asked, with what would become of each.
package struct PipelineRequest: WorkTreeRequest {
    package static let verb = "pipeline"
    package var workTree: WorkTreeContext
    /// Names of stages, or of those that `foreach` and `matrix` made stages of; none means all.
    package var stages: [String]
    /// What is meant beside them.
    package var extent: PipelineExtent
    /// Look what is stale; else only the graph is told.
    package var judges: Bool
    /// Take every stage for stale.
    package var isForced: Bool

    package init(
        workTree: WorkTreeContext, stages: [String] = [], extent: PipelineExtent = .upstream, judges: Bool = false, isForced: Bool = false
    ) {
        self.workTree = workTree
        self.stages = stages
        self.extent = extent
        self.judges = judges
        self.isForced = isForced
    }

    package struct Reply: Codable, Sendable {
        /// The file that has the stages, from the top.
        package var file: WirePath
        /// Each behind those that it needs.
        package var stages: [PipelineStage]

        package init(file: WirePath, stages: [PipelineStage]) {
            self.file = file
            self.stages = stages
        }
    }
}

/// Which stages are meant with those that are named.
package enum PipelineExtent: String, Codable, Sendable, CaseIterable {
    /// All that they need.
    case upstream
    /// All that needs them.
    case downstream
    /// Only themselves.
    case single
}

/// A stage, and what would become of it.
package struct PipelineStage: Codable, Sendable, Hashable {
    package var name: String
    package var summary: String?
    package var commands: [String]
    /// Where they are executed, from the top; empty at the top.
    package var directory: WirePath
    /// Names of the stages that make what it reads, of all in the pipeline.
    package var needs: [String]
    package var inputs: [WirePath]
    package var outputs: [WirePath]
    /// `nil` where nobody has looked.
    package var verdict: StageVerdict?
    /// Why; empty for one that is up to date.
    package var reasons: [StageReason]

    package init(
        name: String, summary: String? = nil, commands: [String], directory: WirePath, needs: [String], inputs: [WirePath], outputs: [WirePath],
        verdict: StageVerdict? = nil, reasons: [StageReason] = []
    ) {
        self.name = name
        self.summary = summary
        self.commands = commands
        self.directory = directory
        self.needs = needs
        self.inputs = inputs
        self.outputs = outputs
        self.verdict = verdict
        self.reasons = reasons
    }
}

/// What becomes of a stage.
package enum StageVerdict: String, Codable, Sendable, CaseIterable {
    /// A run that did the same made what lies there.
    case fresh
    /// It is taken as it is, as the file says.
    case frozen
    /// A run that did the same is recorded, and what it made is brought.
    case restore
    /// It is executed.
    case run
    /// It reads what a stage makes that is executed; only then it shows.
    case wait
}

/// Why a stage is not up to date.
package struct StageReason: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case forced, always
        /// No run of it is recorded.
        case new
        /// The last run of it did not end well: `after` says how.
        case failed
        case command, directory
        /// An input has other content than the last time, is new among the inputs, or no longer one of them.
        case inputChanged = "input_changed"
        case inputAdded = "input_added"
        case inputRemoved = "input_removed"
        /// An input is not there.
        case inputMissing = "input_missing"
        case parameter
        /// An output is not there, is not what the run made, or was not among the outputs.
        case outputMissing = "output_missing"
        case outputChanged = "output_changed"
        case outputs
        /// A stage that it needs is executed.
        case upstream
    }

    package var kind: Kind
    /// The path, the parameter, or the stage.
    package var subject: WirePath?
    /// Of a parameter, its values, as JSON.
    package var before: String?
    package var after: String?

    package init(_ kind: Kind, _ subject: WirePath? = nil, before: String? = nil, after: String? = nil) {
        self.kind = kind
        self.subject = subject
        self.before = before
        self.after = after
    }
}

/// Begins one stage: if it is up to date, that is all; if a run that did the same is known, its outputs are brought; else it is to be executed.
package struct StageBeginRequest: WorkTreeRequest {
    package static let verb = "stage-begin"
    package var workTree: WorkTreeContext
    package var stage: String
    /// Execute it whatever is known.
    package var isForced: Bool
    /// Where it would be executed.
    package var environment: RunEnvironment
    /// Outputs may be fetched, with these variables of the person's environment; `nil`: nothing is fetched.
    package var transfers: [String: String]?

    package init(workTree: WorkTreeContext, stage: String, isForced: Bool = false, environment: RunEnvironment, transfers: [String: String]? = nil) {
        self.workTree = workTree
        self.stage = stage
        self.isForced = isForced
        self.environment = environment
        self.transfers = transfers
    }

    package struct Reply: Codable, Sendable {
        /// `fresh`, `frozen`, `restore`: it is done; `run`: it is to be executed.
        package var verdict: StageVerdict
        package var reasons: [StageReason]
        /// The record of the run that made what lies there now.
        package var run: String?
        /// What was brought.
        package var restored: [RestoredArtifact]
        /// For `run-finish`.
        package var draft: String?
        /// What is executed, and where, from the top.
        package var command: [WirePath]
        package var directory: WirePath
        package var outputs: [WirePath]

        package init(
            verdict: StageVerdict, reasons: [StageReason] = [], run: String? = nil, restored: [RestoredArtifact] = [], draft: String? = nil,
            command: [WirePath] = [], directory: WirePath = WirePath(""), outputs: [WirePath] = []
        ) {
            self.verdict = verdict
            self.reasons = reasons
            self.run = run
            self.restored = restored
            self.draft = draft
            self.command = command
            self.directory = directory
            self.outputs = outputs
        }
    }
}
