import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// The code that a run executes: the commit, and where the work tree is not as the commit has it, a snapshot of all that Git tracks or would add.
struct CodeState<R: WorkTreeRequest> {
    let job: Job<R>
    let survey: Survey
    let settings: Settings

    func take() throws -> RunDefinition.Code {
        var code = RunDefinition.Code(commit: try job.tree.headCommit()?.hex, repository: try repositoryAddress())
        if try code.commit == nil || isDirty() { code.workTree = try snapshot() }
        return code
    }

    private func isDirty() throws -> Bool {
        let status: [GitArgument] = ["status", "--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=none"]
        return try !job.tree.repository.process.succeed(status).output.isEmpty
    }

    private func snapshot() throws -> Pointer {
        let tracked = try list(["ls-files", "-z", "--cached"])
        let others = try list(["ls-files", "-z", "--others", "--exclude-standard"])
        let allowed = settings.policy.largeAllowed.map { Glob($0) }
        var files = Set(tracked)
        for file in others where survey.artifact(around: file) == nil {
            let size = size(of: file)
            if size <= settings.policy.largestGitFile || allowed.contains(where: { $0.matches(file.bytes) }) {
                files.insert(file)
            } else {
                job.reporter.warn(
                    "'\(file)' is not recorded with the code: it has more than policy.max-git-file (\(settings.policy.largestGitFile)); "
                        + "if the command reads it, name it with -d")
            }
        }
        let place = ArtifactPlace(workTreeRoot: job.tree.path, workTreeID: try job.tree.identifier() + "-code", path: try RelativePath("code"))
        job.meter.begin(.storing, "code")
        return try Pointer(
            try job.store.ingest(files.sorted(), of: place, compression: settings.compression, progress: job.sink).content)
    }

    private func list(_ arguments: [GitArgument]) throws -> [RelativePath] {
        // A nested repository is listed with a slash at its end, and is not Git's to add.
        try job.tree.repository.process.succeed(arguments).output.split(separator: 0).compactMap { try? RelativePath(bytes: Array($0)) }
    }

    private func size(of path: RelativePath) -> UInt64 {
        var status = stat()
        let full = Array("\(job.tree.path)/".utf8) + path.bytes
        guard full.withCPath({ lstat($0, &status) }) == 0 else { return 0 }
        return UInt64(max(0, status.st_size))
    }

    /// Where the repository is cloned from, without a name or password that may stand in the address.
    private func repositoryAddress() throws -> String? {
        guard let url = try job.tree.configuration("remote.origin.url") else { return nil }
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        guard let at = host.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}
