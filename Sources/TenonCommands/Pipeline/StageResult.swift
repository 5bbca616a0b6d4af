import TenonAPI

/// What became of a stage.
struct StageResult: Encodable, Sendable {
    enum Outcome: String, Encodable, Sendable {
        /// It was up to date, or is taken as it is.
        case fresh, frozen
        /// What an earlier run made was brought.
        case restored
        /// Its command was executed, and made what it should.
        case ran
        case failed
        /// It was not begun, since a stage that it needs failed, or somebody has interrupted the whole.
        case skipped
    }

    var stage: String
    var outcome: Outcome
    var reasons: [StageReason] = []
    /// The record of the run that made what lies there.
    var run: String?
    /// How the command ended.
    var status: Int32?
    var signal: Int32?
    /// Of the command.
    var milliseconds: UInt64?
    var outputs: [RunContent] = []
    var metrics: [String: Double] = [:]
    /// Why it failed, or what is missing in its record.
    var problems: [TenonError] = []
    /// The stage for which it was skipped; `nil`: it was interrupted.
    var because: String?

    init(_ stage: String, _ outcome: Outcome) {
        self.stage = stage
        self.outcome = outcome
    }

    /// Whether what needs the stage may run.
    var isDone: Bool {
        switch outcome {
        case .fresh, .frozen, .restored, .ran: true
        case .failed, .skipped: false
        }
    }

    /// Whether what lies there may be other than before.
    var isChange: Bool { outcome == .restored || outcome == .ran }
}
