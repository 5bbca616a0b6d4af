/// What `tenon rerun` asks first: code and inputs of a recorded run, written to a directory of their own.
package struct RerunBeginRequest: WorkTreeRequest {
    package static let verb = "rerun-begin"
    package var workTree: WorkTreeContext
    /// A record; or content, of which the first run that made it is meant.
    package var run: String?
    package var subject: RecordSubject?
    /// Absolute path of an empty directory.
    package var directory: WirePath
    /// The record, code and inputs may be fetched, with these variables of the person's environment; `nil`: nothing is fetched.
    package var environment: [String: String]?

    package init(
        workTree: WorkTreeContext, run: String? = nil, subject: RecordSubject? = nil, directory: WirePath, environment: [String: String]? = nil
    ) {
        self.environment = environment
        self.workTree = workTree
        self.run = run
        self.subject = subject
        self.directory = directory
    }

    package struct Reply: Codable, Sendable {
        package var run: RunSummary
        /// Where it was executed; `nil` where the record does not say in a way that this version reads.
        package var environment: RunEnvironment?

        package init(run: RunSummary, environment: RunEnvironment? = nil) {
            self.run = run
            self.environment = environment
        }
    }
}

/// What `tenon rerun` asks when the command has ended: how what it made compares with what was recorded. The verdict is recorded too.
package struct RerunFinishRequest: WorkTreeRequest {
    package static let verb = "rerun-finish"
    package var workTree: WorkTreeContext
    package var run: String
    package var directory: WirePath
    /// Numbers may differ by this, or by this part of the recorded one; 0: not at all.
    package var tolerance: Double
    package var user: String
    package var host: String
    /// Milliseconds since 1970 UTC.
    package var time: UInt64

    package init(workTree: WorkTreeContext, run: String, directory: WirePath, tolerance: Double = 0, user: String, host: String, time: UInt64) {
        self.workTree = workTree
        self.run = run
        self.directory = directory
        self.tolerance = tolerance
        self.user = user
        self.host = host
        self.time = time
    }

    package struct Reply: Codable, Sendable {
        /// The record of the verdict.
        package var record: String
        package var verdict: RerunVerdict
        package var outputs: [RerunOutput]

        package init(record: String, verdict: RerunVerdict, outputs: [RerunOutput]) {
            self.record = record
            self.verdict = verdict
            self.outputs = outputs
        }
    }
}

package enum RerunVerdict: String, Codable, Sendable, CaseIterable {
    case identical, close, different, missing
}

/// One output, as it came out this time.
package struct RerunOutput: Codable, Sendable, Hashable {
    package var path: WirePath
    package var verdict: RerunVerdict
    package var recorded: PointerSummary
    /// What came out; `nil`: nothing.
    package var found: PointerSummary?
    /// What differs: tensors, keys, cells, files, with by how much.
    package var details: [String]

    package init(path: WirePath, verdict: RerunVerdict, recorded: PointerSummary, found: PointerSummary? = nil, details: [String] = []) {
        self.path = path
        self.verdict = verdict
        self.recorded = recorded
        self.found = found
        self.details = details
    }
}
