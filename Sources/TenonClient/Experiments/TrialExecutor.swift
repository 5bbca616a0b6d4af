import TenonCore

/// Where trials are executed: on this machine, or by a batch system. What is executed is `tenon exp trial ID`, which does all that there is to a trial and
/// writes its state down; an executor starts it, tells whether it is at work, and ends it.
package protocol TrialExecutor {
    /// As `tenon.executor` in Git's configuration names it.
    var name: String { get }
    /// Starts a trial. Throws if it can't be started at all.
    mutating func submit(_ state: ExperimentState) throws(TenonError)
    /// The trials of those submitted that have ended since the last time, and how, as far as the executor knows.
    mutating func ended() throws(TenonError) -> [(id: String, ending: TrialEnding)]
    /// Asks a trial and all that it has started to end, at once if `isForced`.
    func cancel(_ state: ExperimentState, isForced: Bool) throws(TenonError)
}

/// How the process of a trial ended.
package enum TrialEnding: Hashable, Sendable {
    case exited(CInt)
    case killed(CInt)

    /// For people.
    package var words: String {
        switch self {
        case .exited(let status): "its process ended with status \(status)"
        case .killed(let signal): "its process was ended by signal \(signal)"
        }
    }
}
