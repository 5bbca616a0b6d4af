import TenonAPI
import TenonClient

extension Session {
    /// Where trials are executed, as `tenon.executor` in the person's Git configuration says.
    func executor(_ shelf: ExperimentShelf) throws -> any TrialExecutor { try Session.executor(shelf, environment) }

    /// The one that has this experiment, whatever is chosen now.
    func executor(of state: ExperimentState, _ shelf: ExperimentShelf) throws -> any TrialExecutor {
        guard state.job != nil else { return LocalExecutor(shelf: shelf, environment: environment) }
        return SlurmExecutor(shelf: shelf, environment: environment, settings: try SlurmSettings.read(environment))
    }

    /// Sends the data of the code that trials start from to where the executor's machines can have it.
    func send(_ states: [ExperimentState], by executor: any TrialExecutor) throws {
        guard executor.needsRemote, !states.isEmpty else { return }
        let commits = Set(states.map(\.snapshot)).sorted()
        _ = try perform(PushRequest(workTree: workTree, commits: commits, environment: transferEnvironment))
    }

    static func executor(_ shelf: ExperimentShelf, _ environment: ClientEnvironment) throws -> any TrialExecutor {
        let answer = try GitCommand(environment: environment).output(["config", "--get", "tenon.executor"], limit: 4096)
        let name = answer.status == 0 ? String(decoding: answer.line, as: UTF8.self) : "local"
        switch name {
        case "local": return LocalExecutor(shelf: shelf, environment: environment)
        case "slurm": return SlurmExecutor(shelf: shelf, environment: environment, settings: try SlurmSettings.read(environment))
        default:
            throw TenonError(
                .invalidArgument, "experiments can't be run by '\(displayName(name.utf8.prefix(100)))'", cause: "this version knows: local, slurm",
                hint: "git config tenon.executor local")
        }
    }
}
