import TenonAPI

/// An experiment from when it is asked for until its result is a commit: all that it takes to run it, and how far it is.
package struct ExperimentState: Codable, Sendable {
    /// Names its files; 16 hexadecimal digits, the first of which rise with time.
    package var id: String
    package var name: String
    package var group: String?
    package var status: ExperimentStatus
    /// The commit that it started from, and that commit with the changes of the work tree that were not committed.
    package var commit: String
    package var snapshot: String
    /// Where the person stood below the top.
    package var prefix: WirePath
    package var overrides: [ParameterOverride]
    package var scope: TrialScope
    /// What `--param` and `--metrics` named.
    package var parameters: [RunParameter]
    package var metrics: [WirePath]
    /// What is executed; `nil`: stages.
    package var command: [WirePath]?
    /// Files that are not taken along into its commit.
    package var leftOut: [WirePath]
    /// Milliseconds since 1970 UTC.
    package var created: UInt64
    package var started: UInt64?
    package var finished: UInt64?
    /// The process that runs it, which leads a group of its own.
    package var process: Int32?
    /// What the executor knows it by, where that is another machine's.
    package var job: String?
    /// Why it failed.
    package var reason: String?

    package init(
        id: String, name: String, group: String?, commit: String, snapshot: String, prefix: WirePath, overrides: [ParameterOverride],
        scope: TrialScope, parameters: [RunParameter], metrics: [WirePath], command: [WirePath]?, leftOut: [WirePath], created: UInt64
    ) {
        self.id = id
        self.name = name
        self.group = group
        status = .queued
        self.commit = commit
        self.snapshot = snapshot
        self.prefix = prefix
        self.overrides = overrides
        self.scope = scope
        self.parameters = parameters
        self.metrics = metrics
        self.command = command
        self.leftOut = leftOut
        self.created = created
    }
}
