/// What `tenon run` asks before it starts the command: the state of inputs, code and parameters.
package struct RunBeginRequest: WorkTreeRequest {
    package static let verb = "run-begin"
    package var workTree: WorkTreeContext
    package var name: String?
    /// The program and its arguments, in any encoding; none for a session, which has begun and is ended by hand.
    package var command: [WirePath]
    /// Relative to the top, as all paths here.
    package var inputs: [WirePath]
    package var outputs: [WirePath]
    package var metrics: [WirePath]
    /// `KEY=VALUE`, `FILE:KEY` or `FILE`, as typed; files are relative to the top.
    package var parameters: [RunParameter]
    package var environment: RunEnvironment

    package init(
        workTree: WorkTreeContext, name: String? = nil, command: [WirePath], inputs: [WirePath] = [], outputs: [WirePath] = [],
        metrics: [WirePath] = [], parameters: [RunParameter] = [], environment: RunEnvironment
    ) {
        self.workTree = workTree
        self.name = name
        self.command = command
        self.inputs = inputs
        self.outputs = outputs
        self.metrics = metrics
        self.parameters = parameters
        self.environment = environment
    }

    package struct Reply: Codable, Sendable {
        /// What is known of the run, for `run-finish`; to be handed back as it is.
        package var draft: String
        package init(draft: String) { self.draft = draft }
    }
}

/// A parameter of a run: a value as typed, or where values are read.
package struct RunParameter: Codable, Sendable, Hashable {
    /// With `file`: the key in it, dots between levels; `nil`: all that it holds.
    package var key: String?
    package var value: String?
    package var file: WirePath?

    package init(key: String? = nil, value: String? = nil, file: WirePath? = nil) {
        self.key = key
        self.value = value
        self.file = file
    }
}

/// Where a run was executed, as the client finds it.
package struct RunEnvironment: Codable, Sendable, Hashable {
    package struct Python: Codable, Sendable, Hashable {
        package var version: String
        package var executable: String
        /// Versions of installed packages, by name.
        package var packages: [String: String]

        package init(version: String, executable: String, packages: [String: String]) {
            self.version = version
            self.executable = executable
            self.packages = packages
        }
    }

    package var host: String
    package var user: String
    package var system: String
    package var architecture: String
    package var processor: String?
    package var processors: Int
    /// Bytes.
    package var memory: UInt64?
    /// Graphics processors.
    package var accelerators: [String]
    package var python: Python?
    /// Id of the container.
    package var container: String?
    /// Chosen environment variables.
    package var variables: [String: String]

    package init(
        host: String, user: String, system: String, architecture: String, processor: String? = nil, processors: Int, memory: UInt64? = nil,
        accelerators: [String] = [], python: Python? = nil, container: String? = nil, variables: [String: String] = [:]
    ) {
        self.host = host
        self.user = user
        self.system = system
        self.architecture = architecture
        self.processor = processor
        self.processors = processors
        self.memory = memory
        self.accelerators = accelerators
        self.python = python
        self.container = container
        self.variables = variables
    }
}

/// What `tenon run` sends when the command has ended: the run is recorded, its outputs stored and tracked.
package struct RunFinishRequest: WorkTreeRequest {
    package static let verb = "run-finish"
    package var workTree: WorkTreeContext
    package var draft: String
    /// Milliseconds since 1970 UTC.
    package var started: UInt64
    package var finished: UInt64
    /// How the command ended: its exit status, the signal that ended it, or why it could not be started.
    package var status: Int32?
    package var signal: Int32?
    package var reason: String?
    /// Store and track the outputs of a command that failed too.
    package var keepsOutputs: Bool
    /// Outputs and files of metrics that were named when it ended only.
    package var outputs: [WirePath]?
    package var metrics: [WirePath]?
    /// What the command was seen to read and write.
    package var trace: RunTrace?
    /// Absolute path of the log of metrics that the command has written while it ran, if it has.
    package var log: WirePath?

    package var outlivesClient: Bool { true }

    package init(
        workTree: WorkTreeContext, draft: String, started: UInt64, finished: UInt64, status: Int32? = nil, signal: Int32? = nil,
        reason: String? = nil, keepsOutputs: Bool = false, outputs: [WirePath]? = nil, metrics: [WirePath]? = nil, trace: RunTrace? = nil,
        log: WirePath? = nil
    ) {
        self.log = log
        self.workTree = workTree
        self.draft = draft
        self.started = started
        self.finished = finished
        self.status = status
        self.signal = signal
        self.reason = reason
        self.keepsOutputs = keepsOutputs
        self.outputs = outputs
        self.metrics = metrics
        self.trace = trace
    }

    package struct Reply: Codable, Sendable {
        /// The record.
        package var run: String
        package var outputs: [RunContent]
        /// Those of the outputs that are artifacts.
        package var artifacts: [AddedArtifact]
        package var metrics: [String: Double]
        /// Inputs that the run, or somebody else meanwhile, changed.
        package var changedInputs: [WirePath]
        /// What is missing in the record, and why.
        package var problems: [TenonError]
        /// What was found by a trace.
        package var trace: RunTraceResult?

        package init(
            run: String, outputs: [RunContent] = [], artifacts: [AddedArtifact] = [], metrics: [String: Double] = [:],
            changedInputs: [WirePath] = [], problems: [TenonError] = [], trace: RunTraceResult? = nil
        ) {
            self.run = run
            self.outputs = outputs
            self.artifacts = artifacts
            self.metrics = metrics
            self.changedInputs = changedInputs
            self.problems = problems
            self.trace = trace
        }
    }
}

/// Files below the top of the work tree that a command was seen to use. From a tracer's output: hints, to be judged.
package struct RunTrace: Codable, Sendable, Hashable {
    package var read: [WirePath]
    package var written: [WirePath]
    /// Directories that it made.
    package var made: [WirePath]
    /// Whether there was more than is taken.
    package var isCut: Bool

    package init(read: [WirePath] = [], written: [WirePath] = [], made: [WirePath] = [], isCut: Bool = false) {
        self.read = read
        self.written = written
        self.made = made
        self.isCut = isCut
    }
}

/// What a trace came to.
package struct RunTraceResult: Codable, Sendable, Hashable {
    package var inputs: [WirePath]
    package var outputs: [WirePath]
    /// Data that was used and is not recorded, as Git ignores it and it is no artifact.
    package var ignored: [WirePath]

    package init(inputs: [WirePath] = [], outputs: [WirePath] = [], ignored: [WirePath] = []) {
        self.inputs = inputs
        self.outputs = outputs
        self.ignored = ignored
    }
}

/// Content at a path, as a run read or made it.
package struct RunContent: Codable, Sendable, Hashable {
    package var path: WirePath
    package var pointer: PointerSummary

    package init(path: WirePath, pointer: PointerSummary) {
        self.path = path
        self.pointer = pointer
    }
}
