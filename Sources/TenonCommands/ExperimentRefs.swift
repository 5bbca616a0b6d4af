import TenonAPI
import TenonClient

/// The references of experiments, which travel through Git, and only when asked for: no refspec of the person's is changed, and `git fetch --prune` takes
/// away no experiment that was not pushed yet (docs/decisions/what-travels.md).
struct ExperimentRefs {
    let git: GitCommand

    /// All of them, under the same names on both sides. Not forced: one that differs there stays as it is, and Git says so.
    private static let refspec = "\(ExperimentDocument.referencePrefix)*:\(ExperimentDocument.referencePrefix)*"

    init(environment: ClientEnvironment) {
        git = GitCommand(environment: environment)
    }

    /// Brings them in the person's terminal; returns Git's exit status. Those without a name for it: from the remote that this branch fetches from.
    func fetch(isQuiet: Bool) throws -> CInt {
        guard let remote = try remote(keys: []) else { return 0 }
        return try git.run(["fetch"] + (isQuiet ? ["--quiet"] : []) + ["--no-tags", "--", remote, ExperimentRefs.refspec])
    }

    /// Sends them, after their data was sent; returns Git's exit status.
    func push(isQuiet: Bool) throws -> CInt {
        guard let remote = try remote(keys: ["remote.pushDefault"]) else {
            throw TenonError(
                .notFound, "the experiments can't be pushed", cause: "the repository has no Git remote", hint: "git remote add origin URL")
        }
        return try git.run(["push"] + (isQuiet ? ["--quiet"] : []) + ["--", remote, ExperimentRefs.refspec])
    }

    /// The Git remote that is pushed to: the one that is named, else as for experiments.
    func pushRemote(named name: String?) throws -> String {
        if let name { return name }
        guard let remote = try remote(keys: ["remote.pushDefault"]) else {
            throw TenonError(
                .notFound, "it is not said where to push to", cause: "the repository has no Git remote that is the default",
                hint: "--remote names one")
        }
        return remote
    }

    /// The commits that they name.
    func commits() throws -> [String] {
        try lines(["for-each-ref", "--format=%(objectname)", ExperimentDocument.referencePrefix])
    }

    /// The Git remote that is meant: as configured for pushes, that of this branch, `origin`, or the only one; `nil`: there is none.
    private func remote(keys: [String]) throws -> String? {
        let remotes = try lines(["remote"])
        var names: [String] = []
        let branch = try lines(["symbolic-ref", "--quiet", "--short", "HEAD"]).first
        let own = branch.map { branch in (keys.isEmpty ? [] : ["branch.\(branch).pushRemote"]) + keys + ["branch.\(branch).remote"] } ?? keys
        for key in own { names += try lines(["config", "--get", key]) }
        return (names + ["origin"]).first(where: remotes.contains) ?? (remotes.count == 1 ? remotes.first : nil)
    }

    /// What Git prints; nothing where it has nothing to say.
    private func lines(_ arguments: [String]) throws -> [String] {
        let answer = try git.output(arguments)
        guard answer.status == 0 else { return [] }
        return answer.standardOutput.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
