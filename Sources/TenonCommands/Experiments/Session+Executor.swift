import TenonAPI
import TenonClient

extension Session {
    /// Where trials are executed, as `tenon.executor` in the person's Git configuration says.
    func executor(_ shelf: ExperimentShelf) throws -> any TrialExecutor { try Session.executor(shelf, environment) }

    static func executor(_ shelf: ExperimentShelf, _ environment: ClientEnvironment) throws -> any TrialExecutor {
        let answer = try GitCommand(environment: environment).output(["config", "--get", "tenon.executor"], limit: 4096)
        let name = answer.status == 0 ? String(decoding: answer.line, as: UTF8.self) : "local"
        switch name {
        case "local": return LocalExecutor(shelf: shelf, environment: environment)
        default:
            throw TenonError(
                .invalidArgument, "experiments can't be run by '\(displayName(name.utf8.prefix(100)))'", cause: "this version knows: local",
                hint: "git config tenon.executor local")
        }
    }
}
