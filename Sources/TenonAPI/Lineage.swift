/// `tenon trace`: where content comes from, or what came of it.
package struct TraceRequest: WorkTreeRequest {
    package static let verb = "trace"
    package var workTree: WorkTreeContext
    /// `sha256:` and 64 hexadecimal digits, of content or of a record; or an artifact, or an entry of one, by its path from the top; or a file or
    /// directory by its absolute path, where none of these is meant.
    package var oid: String?
    package var file: WirePath?
    package var path: WirePath?
    /// With `path`: the commit whose artifact is meant; `nil`: the pointer in the work tree.
    package var commit: String?
    /// What was made from it, in place of what it was made from.
    package var forward: Bool

    package init(
        workTree: WorkTreeContext, oid: String? = nil, file: WirePath? = nil, path: WirePath? = nil, commit: String? = nil, forward: Bool = false
    ) {
        self.workTree = workTree
        self.oid = oid
        self.file = file
        self.path = path
        self.commit = commit
        self.forward = forward
    }

    package struct Reply: Codable, Sendable {
        /// What was asked for: an oid, or the id of a record.
        package var subject: String
        /// All content on the way, the subject first if it is content.
        package var contents: [TracedContent]
        /// All runs on the way.
        package var runs: [RunSummary]
        /// Whether there was more than is told of in one answer.
        package var isCut: Bool

        package init(subject: String, contents: [TracedContent], runs: [RunSummary], isCut: Bool = false) {
            self.subject = subject
            self.contents = contents
            self.runs = runs
            self.isCut = isCut
        }
    }
}

/// Content on the way of a trace.
package struct TracedContent: Codable, Sendable, Hashable {
    package var oid: String
    package var kind: ArtifactKind
    /// Where it lies, or lay, in work trees.
    package var paths: [WirePath]
    package var stored: Bool
    /// Records of the runs that made it, the first one first.
    package var madeBy: [String]
    /// Records of the runs that read it; with `forward`, also those that read single files of it.
    package var readBy: [String]
    /// Of the subject: commits that bind it, newest first.
    package var commits: [String]
    /// Why a record that its pointer names can't be told of.
    package var detail: String?
    /// Of a file that no run made by itself: the directory with which one made it.
    package var inside: String?

    package init(
        oid: String, kind: ArtifactKind, paths: [WirePath] = [], stored: Bool, madeBy: [String] = [], readBy: [String] = [], commits: [String] = [],
        detail: String? = nil, inside: String? = nil
    ) {
        self.inside = inside
        self.oid = oid
        self.kind = kind
        self.paths = paths
        self.stored = stored
        self.madeBy = madeBy
        self.readBy = readBy
        self.commits = commits
        self.detail = detail
    }
}

/// A run, as its record tells of it.
package struct RunSummary: Codable, Sendable, Hashable {
    /// The record.
    package var run: String
    package var name: String?
    package var command: [WirePath]
    /// Where it was executed, from the top of the work tree.
    package var directory: WirePath
    /// Milliseconds since 1970 UTC.
    package var started: UInt64
    package var finished: UInt64
    /// How it ended: exactly one.
    package var status: Int32?
    package var signal: Int32?
    package var reason: String?
    package var host: String?
    package var user: String?
    package var commit: String?
    package var repository: String?
    /// The code, where it was not as the commit has it.
    package var code: PointerSummary?
    package var parameters: [RunValue]
    package var metrics: [String: Double]
    package var inputs: [RunContent]
    package var outputs: [RunContent]
    package var changedInputs: [WirePath]

    package init(
        run: String, name: String? = nil, command: [WirePath], directory: WirePath, started: UInt64, finished: UInt64, status: Int32? = nil,
        signal: Int32? = nil, reason: String? = nil, host: String? = nil, user: String? = nil, commit: String? = nil, repository: String? = nil,
        code: PointerSummary? = nil, parameters: [RunValue] = [], metrics: [String: Double] = [:], inputs: [RunContent] = [],
        outputs: [RunContent] = [], changedInputs: [WirePath] = []
    ) {
        self.run = run
        self.name = name
        self.command = command
        self.directory = directory
        self.started = started
        self.finished = finished
        self.status = status
        self.signal = signal
        self.reason = reason
        self.host = host
        self.user = user
        self.commit = commit
        self.repository = repository
        self.code = code
        self.parameters = parameters
        self.metrics = metrics
        self.inputs = inputs
        self.outputs = outputs
        self.changedInputs = changedInputs
    }
}

/// A parameter of a run with its value, as JSON.
package struct RunValue: Codable, Sendable, Hashable {
    package var name: String
    package var value: String
    package var file: String?

    package init(name: String, value: String, file: String? = nil) {
        self.name = name
        self.value = value
        self.file = file
    }
}
