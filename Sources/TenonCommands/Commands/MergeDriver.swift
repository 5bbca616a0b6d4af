import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

/// Called by Git for a pointer that both sides of a merge have changed.
struct MergeDriver: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge-driver",
        abstract: "Merge three pointers of one artifact; called by Git.",
        usage: "tenon merge-driver <base> <ours> <theirs> <path>",
        discussion: """
            Git's setting is merge.tenon.driver = tenon merge-driver %O %A %B %P. Directories are merged entry by entry. After a clean merge <ours> \
            holds the merged pointer, and its data is stored; else <ours> stays as it is, the exit status is not 0, and Git reports a conflict.
            """,
        shouldDisplay: false)

    /// All that comes is a path, whatever it begins with.
    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("Three pointer files, and the path that they are of.", valueName: "path"))
    var paths: [PathArgument] = []

    func validate() throws {
        guard paths.count == 4 else { throw ValidationError("four paths are needed: base, ours, theirs, and that of the pointer") }
    }

    func run() throws {
        let name = paths[3].bytes
        let suffix = Array(".tenon".utf8)
        guard name.count > suffix.count, name.suffix(suffix.count).elementsEqual(suffix) else {
            throw TenonError(.invalidArgument, "'\(paths[3])' can't be merged", cause: "the name of a pointer ends with '.tenon'")
        }
        let artifact = WirePath(bytes: Array(name.dropLast(suffix.count)))
        // Git writes an empty file where the sides have no base in common.
        let base = try SmallFile.pointer(at: paths[0])
        let environment = try ClientEnvironment.ofProcess()
        let request = MergeRequest(
            path: artifact, base: base.isEmpty ? nil : base, ours: try SmallFile.pointer(at: paths[1]), theirs: try SmallFile.pointer(at: paths[2]),
            workTree: try? WorkTreeDiscovery(environment: environment).find(), environment: environment.forTransfers)
        let session = try DaemonSession(repositoryAround: Console.Settings(), environment: environment)
        let reply = try session.perform(request)
        guard let merged = reply.merged else {
            OutputStream.write(MergeText.conflict(artifact, reply.conflict).utf8, to: STDERR_FILENO)
            throw ExitCode(1)
        }
        if merged != request.ours { try SmallFile.replace(paths[1], with: Array(merged.utf8)) }
    }
}
