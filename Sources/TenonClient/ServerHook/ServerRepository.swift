import Glibc
import TenonCore
import TenonHooks

/// A bare repository that others push to, as who administers it sees it.
package struct ServerRepository {
    /// Absolute paths: the Git directory, and the directory in which Git looks for its hooks.
    package var path: String
    package var hooks: String
    /// Whether that is the repository's own.
    package var isOwnDirectory: Bool
    /// `tenon.server.*` of its Git configuration, from all levels, without that prefix.
    package var settings: [String: String]
    private let git: GitCommand

    private static let prefix = "tenon.server."

    /// Opens the repository at `path`. Throws `notARepository` where there is none, `unsupported` for one with a work tree.
    package init(at path: [UInt8], environment: ClientEnvironment) throws(TenonError) {
        var there = environment
        there.directory = path
        // Others' variables lead elsewhere.
        there.variables = there.variables.filter { name, _ in !["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"].contains(name) }
        git = GitCommand(environment: there)
        let shown = displayName(path)
        let answer = try git.output(["rev-parse", "--is-bare-repository", "--absolute-git-dir", "--path-format=absolute", "--git-path", "hooks"])
        let lines = answer.standardOutput.split(separator: UInt8(ascii: "\n")).map { String(validating: $0, as: UTF8.self) }
        guard answer.status == 0, lines.count == 3, let directory = lines[1], let hooks = lines[2] else {
            throw TenonError(
                .notARepository, "'\(shown)' is no Git repository", cause: answer.status == 0 ? "its path is not UTF-8" : answer.complaint)
        }
        guard lines[0] == "true" else {
            throw TenonError(
                .unsupported, "'\(shown)' is not a bare repository", cause: "pushes are judged where several people push to",
                hint: "in a work tree, the hooks of 'tenon hooks install' judge commits and pushes")
        }
        self.path = directory
        self.hooks = hooks
        // A directory that is not there yet will be made where its name says.
        isOwnDirectory = realPath(hooks).map { $0.hasPrefix((realPath(directory) ?? directory) + "/") } ?? hooks.hasPrefix(directory + "/")
        var settings: [String: String] = [:]
        let values = try git.output(["config", "--null", "--get-regexp", #"^tenon\.server\."#])
        for record in values.standardOutput.split(separator: 0) {
            let parts = String(decoding: record, as: UTF8.self).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            settings[String(parts[0].dropFirst(ServerRepository.prefix.count))] = parts.count == 2 ? String(parts[1]) : ""
        }
        self.settings = settings
    }

    /// Writes a setting into the repository's own configuration.
    package func set(_ name: String, to value: String) throws(TenonError) {
        let answer = try git.output(["config", "--local", "--replace-all", ServerRepository.prefix + name, value])
        guard answer.status == 0 else {
            throw TenonError(.git, "'\(ServerRepository.prefix)\(name)' can't be set", cause: answer.complaint)
        }
    }

    /// What lies in the hook's place now.
    var slot: (current: HookFile, aside: HookFile) {
        let place = "\(hooks)/\(ServerHook.name)"
        return (.read(place), .read(place + HookSlot.asideSuffix))
    }

    /// Carries out a plan.
    package func execute(_ plan: ServerHookPlan) throws(TenonError) {
        for step in plan.steps { try step.execute(git: git) }
    }
}
