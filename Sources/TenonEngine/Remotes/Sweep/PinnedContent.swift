import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// What of this clone's content is to stay on a remote, and how the clone is called there.
struct PinnedContent: Sendable {
    /// The repository's id; each clone has one of its own.
    let repository: String
    /// For people: this host and the directory.
    let writer: String
    /// Where this clone keeps copies of what it has said on remotes: below Tenon's directory in the Git directory that all work trees share, under that
    /// directory's number, so that a copy of the clone does not take them for its own. Each lies in the one before.
    let directories: [String]
    private let context: WorkTreeContext

    init(_ context: WorkTreeContext, engine: Engine) throws {
        let tree = try WorkTree(context, engine: engine)
        self.context = context
        repository = try tree.repositoryIdentifier()
        writer = "\(PinnedContent.hostName()):\(tree.path.split(separator: "/").last.map(String.init) ?? "/")"
        var status = stat()
        guard stat(tree.commonDirectory, &status) == 0 else {
            throw TenonError(errno: errno, "can't look at '\(displayName(tree.commonDirectory.utf8))'")
        }
        let parent = tree.commonDirectory + "/tenon"
        directories = [parent, "\(parent)/roots", "\(parent)/roots/\(status.st_ino)"]
    }

    /// What refs bind now, with all that is recorded about it, by whomever: what of it is on a remote already is better kept than missed.
    func subjects(_ engine: Engine, _ meter: Meter) throws -> Set<Locator.Subject> {
        let tree = try WorkTree(context, engine: engine)
        let bound = try tree.snapshots(boundFrom: try tree.lastingTips(), meter.sink.check, warn: { _ in })
        return Set(try engine.store.withLineage(bound + tree.namedByStageRunsInGit()).map(Locator.Subject.init))
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension WorkTree {
    /// The commits that refs name, the HEADs of all work trees, and the stashes.
    func lastingTips() throws -> [GitObjectID] {
        var tips = Set(try self.tips())
        tips.formUnion(try repository.worktrees().compactMap(\.head.commit))
        tips.formUnion(try repository.stashes().compactMap(\.new))
        // A log may name what Git has removed since.
        return try tips.filter { try repository.commitIfPresent($0) != nil }.sorted()
    }
}
