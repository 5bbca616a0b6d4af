import Logging
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// A work tree that a request is about: checked to be the one the client sees, opened by Git, with what Tenon keeps of it.
///
/// Confined to the thread of one request.
final class WorkTree {
    /// As the client named it.
    let context: WorkTreeContext
    /// Absolute path of the top.
    let path: String
    /// What new files and directories go without.
    let mask: CreationMask
    let files: WorkTreeFiles
    let repository: GitRepository
    /// This work tree's own Git directory, and the one that all work trees of the repository share.
    let gitDirectory: String
    let commonDirectory: String
    let bases: BaseStore
    let choices: ChoiceStore
    /// What it is known by among locks.
    let lockName: String
    /// What was moved here and the disk may not have; the daemon sees to it when the request is over.
    var unsynced: UnsyncedMoves.Batch
    /// Where the repository's own Git directory lies, for small files that all work trees share.
    let commonFiles: WorkTreeFiles
    let engine: Engine
    /// Pointers by blob: the same one is in many trees.
    private var parsed: [GitObjectID: Result<Pointer, TenonError>] = [:]
    private var knownIdentifier: String?
    /// Trees of commits that HEAD named lately, the newest first, once they were asked for.
    var knownLateTrees: [GitObjectID]?

    /// Checks and opens the work tree. Throws `invalidArgument` if the client means another directory than the one that lies at its path here,
    /// and what Git says if it can't be opened.
    init(_ context: WorkTreeContext, engine: Engine) throws {
        guard let path = String(validating: context.topLevel.bytes, as: UTF8.self), path.hasPrefix("/") else {
            throw TenonError(
                .invalidArgument, "work tree '\(context.topLevel)' can't be used", cause: "its path is not absolute, or not UTF-8")
        }
        self.context = context
        self.path = path
        self.engine = engine
        guard context.umask.map({ $0 <= 0o777 }) != false else {
            throw TenonError(.invalidArgument, "work tree '\(context.topLevel)' can't be used", cause: "its umask is not one of 0 to 0777")
        }
        mask = CreationMask(context.umask)
        files = try WorkTreeFiles(root: context.topLevel.bytes, mask: mask)
        let identity = try files.identity()
        guard identity.device == context.device, identity.inode == context.inode else {
            throw TenonError(
                .invalidArgument, "work tree '\(context.topLevel)' can't be used",
                cause: "the daemon sees another directory there: it runs in another container or mount namespace",
                hint: "start a daemon where you work, with a TENON_HOME of its own")
        }
        repository = try WorkTree.openRepository(context, memo: engine.trees)
        guard let gitDirectory = String(validating: repository.gitDirectory, as: UTF8.self),
            let commonDirectory = String(validating: repository.commonDirectory, as: UTF8.self)
        else {
            throw TenonError(.invalidArgument, "work tree '\(context.topLevel)' can't be used", cause: "its Git directory's path is not UTF-8")
        }
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
        bases = BaseStore(directory: gitDirectory + "/tenon", fileSystem: engine.fileSystem, log: engine.log)
        choices = ChoiceStore(gitDirectory: gitDirectory, fileSystem: engine.fileSystem, log: engine.log)
        lockName = WorkTree.lockName(context)
        unsynced = UnsyncedMoves.Batch(workTree: lockName, bases: bases)
        commonFiles = try WorkTreeFiles(root: repository.commonDirectory, mask: mask)
    }

    deinit {
        engine.unsynced.add(unsynced)
    }

    /// The name under which verbs that write this work tree take turns.
    static func lockName(_ context: WorkTreeContext) -> String {
        "\(context.device):\(context.inode)"
    }

    /// A name of this work tree that stays, kept in its Git directory and made when it is first asked for.
    func identifier() throws -> String {
        if let knownIdentifier { return knownIdentifier }
        let identifier = try lastingIdentifier(in: bases.directory, name: "id")
        knownIdentifier = identifier
        return identifier
    }

    /// The same for the repository, whatever work tree it is reached by.
    func repositoryIdentifier() throws -> String {
        try lastingIdentifier(in: commonDirectory + "/tenon", name: "repository")
    }

    private func lastingIdentifier(in directory: String, name: String) throws -> String {
        let path = "\(directory)/\(name)"
        if let bytes = try engine.fileSystem.contents(of: path, limit: 64),
            let text = String(validating: bytes, as: UTF8.self)?.split(separator: "\n").first.map(String.init),
            text.utf8.count == 32, Digest(hex: text + text) != nil
        {
            return text
        }
        let words = (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let identifier = words.joined()
        try engine.fileSystem.makeDirectory(directory)
        try engine.fileSystem.replace(path, with: Array((identifier + "\n").utf8))
        return identifier
    }

    /// Where an artifact's data lies, for the store. From then on the work tree is looked after in the background.
    func place(_ artifact: RelativePath) throws -> ArtifactPlace {
        // A trial's is gone in a while, and what happens in it is looked at when it ends.
        if !isTrial { engine.watched.note(context) }
        return ArtifactPlace(workTreeRoot: path, workTreeID: try identifier(), path: artifact, sharesFiles: isTrial)
    }

    /// Where work trees of trials lie.
    var trialsDirectory: String { commonDirectory + "/tenon/trials" }

    /// Whether it was made for one execution of an experiment: it lies inside the Git directory, and its inputs may share their files with others'.
    var isTrial: Bool { path.hasPrefix(trialsDirectory + "/") }

    /// What `tenon.yaml` in the work tree says; the defaults if there is none.
    func settings() throws -> Settings {
        let file = try RelativePath(Settings.fileName)
        if let bytes = try files.read(file, limit: SettingsParser.maximumLength) { return try SettingsParser.parse(bytes) }
        // A policy that is there in another form must not be passed over in silence.
        guard try files.kind(of: file) == .absent else { throw SettingsError.at(nil, "it can't be read", "it is not a regular file") }
        return Settings()
    }

    /// The pointer in a blob. Throws `corrupt` if it is none.
    func pointer(in blob: GitObjectID) throws -> Pointer {
        if let known = parsed[blob] { return try known.get() }
        let result: Result<Pointer, TenonError>
        do {
            result = .success(try Pointer(parsing: try repository.blob(blob, limit: Pointer.maximumLength)))
        } catch let error as TenonError {
            result = .failure(error)
        }
        parsed[blob] = result
        return try result.get()
    }

    /// Enters the repository in the store, so that what it names is kept.
    func register() throws {
        let identifier = try repositoryIdentifier()
        let path = commonDirectory
        let key = identifier + " " + path
        guard !engine.registered.withLock({ $0.contains(key) }) else { return }
        var record = try engine.store.repository(identifier) ?? RepositoryRecord(id: identifier, paths: [])
        let bytes = Array(path.utf8)
        record.paths = [bytes] + record.paths.filter { $0 != bytes }
        try engine.store.register(record)
        _ = engine.registered.withLock { $0.insert(key) }
    }
}
