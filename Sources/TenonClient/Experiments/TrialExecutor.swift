import TenonCore

/// Where trials are executed: on this machine, or by a batch system. What is executed is `tenon exp trial ID`, which does all that there is to a trial and
/// writes its state down; an executor starts it, tells whether it is at work, and ends it.
package protocol TrialExecutor {
    /// As `tenon.executor` in Git's configuration names it.
    var name: String { get }
    /// Whether it decides itself how many run at the same time, and wants all that wait.
    var takesMany: Bool { get }
    /// Whether what trials read and make goes through the default remote, since they run with a store of their own.
    var needsRemote: Bool { get }
    /// Starts trials, at most `jobs` of them at the same time. Throws if they can't be started at all.
    mutating func submit(_ states: [ExperimentState], jobs: Int) throws(TenonError)
    /// Takes up a trial that somebody else has submitted; `false`: nobody is at work on it.
    mutating func resume(_ state: ExperimentState) throws(TenonError) -> Bool
    /// The trials of those submitted that have ended since the last time, and how, as far as the executor knows.
    mutating func ended() throws(TenonError) -> [(id: String, ending: TrialEnding)]
    /// Whether a trial that says it runs is still waited for.
    func isAtWork(_ state: ExperimentState) throws(TenonError) -> Bool
    /// Asks a trial and all that it has started to end, at once if `isForced`.
    func cancel(_ state: ExperimentState, isForced: Bool) throws(TenonError)
}

/// How the process of a trial ended.
package enum TrialEnding: Hashable, Sendable {
    case exited(CInt)
    case killed(CInt)
    /// What a batch system says of it.
    case told(String)

    /// For people.
    package var words: String {
        switch self {
        case .exited(let status): "its process ended with status \(status)"
        case .killed(let signal): "its process was ended by signal \(signal)"
        case .told(let words): words
        }
    }
}
