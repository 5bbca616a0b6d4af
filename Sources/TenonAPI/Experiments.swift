/// A value that a parameter in a file gets for a trial.
package struct ParameterOverride: Codable, Sendable, Hashable {
    /// Relative to the top.
    package var file: WirePath
    /// Dots between levels.
    package var key: String
    /// As typed.
    package var value: String

    package init(file: WirePath, key: String, value: String) {
        self.file = file
        self.key = key
        self.value = value
    }
}

/// What a trial reads and makes, from which follows what has to lie in its work tree.
package struct TrialScope: Codable, Sendable, Hashable {
    /// Data that the command reads; `nil`: whatever the commit has, but outputs.
    package var inputs: [WirePath]?
    package var outputs: [WirePath]
    /// The stages that are brought up to date, none for all of them; `nil`: a command is executed, and no stage.
    package var stages: [String]?

    package init(inputs: [WirePath]? = nil, outputs: [WirePath] = [], stages: [String]? = nil) {
        self.inputs = inputs
        self.outputs = outputs
        self.stages = stages
    }
}

/// How an input comes to lie in a trial's work tree.
package enum InputMethod: String, Codable, Sendable, CaseIterable {
    /// Copies that share their blocks on disk.
    case reflink
    /// Read-only files with several names.
    case link
    /// Bytes of their own.
    case copy
}

/// An input of a trial.
package struct TrialInput: Codable, Sendable, Hashable {
    package var path: WirePath
    package var pointer: PointerSummary
    package var method: InputMethod
    /// Bytes that have to be written, once for all trials or for this one.
    package var bytesToWrite: UInt64

    package init(path: WirePath, pointer: PointerSummary, method: InputMethod, bytesToWrite: UInt64) {
        self.path = path
        self.pointer = pointer
        self.method = method
        self.bytesToWrite = bytesToWrite
    }
}

/// What `tenon exp run` asks in the work tree that trials start from: whether their parameters can be set, and what each will need.
package struct TrialPrepareRequest: WorkTreeRequest {
    package static let verb = "trial-prepare"
    package var workTree: WorkTreeContext
    /// All values that any trial sets.
    package var overrides: [ParameterOverride]
    package var scope: TrialScope

    package init(workTree: WorkTreeContext, overrides: [ParameterOverride] = [], scope: TrialScope) {
        self.workTree = workTree
        self.overrides = overrides
        self.scope = scope
    }

    package struct Reply: Codable, Sendable {
        package var inputs: [TrialInput]
        /// Files that are too large to be taken along with the code, and are no artifacts.
        package var leftOut: [WirePath]

        package init(inputs: [TrialInput], leftOut: [WirePath] = []) {
            self.inputs = inputs
            self.leftOut = leftOut
        }
    }
}

/// What a trial asks in its own work tree, once Git has written the code: parameters are set, inputs brought.
package struct TrialBeginRequest: WorkTreeRequest {
    package static let verb = "trial-begin"
    package var workTree: WorkTreeContext
    package var overrides: [ParameterOverride]
    package var scope: TrialScope
    /// What is not stored here may be fetched, with these variables of the person's environment; `nil`: nothing is fetched.
    package var environment: [String: String]?

    package init(workTree: WorkTreeContext, overrides: [ParameterOverride] = [], scope: TrialScope, environment: [String: String]? = nil) {
        self.workTree = workTree
        self.overrides = overrides
        self.scope = scope
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        package var inputs: [TrialInput]
        package init(inputs: [TrialInput]) { self.inputs = inputs }
    }
}

/// What a trial asks when its commands have ended: what it made, and whether it left its inputs as they were.
package struct TrialFinishRequest: WorkTreeRequest {
    package static let verb = "trial-finish"
    package var workTree: WorkTreeContext
    package var scope: TrialScope
    /// Where values are read besides those that its stages declare.
    package var parameters: [RunParameter]
    package var metrics: [WirePath]
    /// Records of runs that it made.
    package var runs: [String]

    package var outlivesClient: Bool { true }

    package init(
        workTree: WorkTreeContext, scope: TrialScope, parameters: [RunParameter] = [], metrics: [WirePath] = [], runs: [String] = []
    ) {
        self.workTree = workTree
        self.scope = scope
        self.parameters = parameters
        self.metrics = metrics
        self.runs = runs
    }

    package struct Reply: Codable, Sendable {
        /// Inputs that the command wrote to, though others share their files.
        package var spoiled: [WirePath]
        /// Artifacts that were brought, and those that are not as they were in the commit.
        package var inputs: [RunContent]
        package var outputs: [RunContent]
        package var parameters: [RunValue]
        package var metrics: [String: Double]
        /// Files that are too large to be taken along with the code, and are no artifacts.
        package var leftOut: [WirePath]
        /// What could not be read.
        package var problems: [TenonError]

        package init(
            spoiled: [WirePath] = [], inputs: [RunContent] = [], outputs: [RunContent] = [], parameters: [RunValue] = [],
            metrics: [String: Double] = [:], leftOut: [WirePath] = [], problems: [TenonError] = []
        ) {
            self.spoiled = spoiled
            self.inputs = inputs
            self.outputs = outputs
            self.parameters = parameters
            self.metrics = metrics
            self.leftOut = leftOut
            self.problems = problems
        }
    }
}
