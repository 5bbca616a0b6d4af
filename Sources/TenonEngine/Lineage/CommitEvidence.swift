import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// What commits bind, gathered to be judged by one set of rules: by `tenon verify --policy`, or when it is pushed.
struct CommitEvidence {
    /// A pointer, with the commit in which it was found.
    struct Artifact {
        var commit: GitObjectID
        var path: RelativePath
        var pointer: Result<Pointer, TenonError>
    }

    private struct LargeFile {
        var commit: GitObjectID
        var path: [UInt8]
        var size: UInt64
    }

    private let repository: GitRepository
    private let policy: Policy
    private let largeAllowed: [Glob]
    private let judgesFiles: Bool
    /// How many commits were looked at.
    private(set) var commits = 0
    private(set) var artifacts: [Artifact] = []
    private var largeFiles: [LargeFile] = []
    private var seen: Set<TreeEntry> = []
    private var pointers: [GitObjectID: Result<Pointer, TenonError>] = [:]

    /// - Parameter judgesFiles: whether files that Git itself has are judged too.
    init(repository: GitRepository, policy: Policy, judgesFiles: Bool = true) {
        self.repository = repository
        self.policy = policy
        self.judgesFiles = judgesFiles
        largeAllowed = policy.largeAllowed.map { Glob($0) }
    }

    // MARK: Gathering

    /// Takes all that a commit binds.
    mutating func takeAll(of id: GitObjectID) throws {
        commits += 1
        let found = try repository.pointers(inCommit: id).compactMap { entry in entry.mode.isFile ? entry.artifactPath.map { ($0, entry.id) } : nil }
        for (path, blob) in found.sorted(by: { $0.0 < $1.0 }) { artifacts.append(Artifact(commit: id, path: path, pointer: try pointer(in: blob))) }
    }

    /// Takes what each commit has that none of its parents has; a pointer of an artifact once, however many commits bring it.
    mutating func takeChanges(of ids: [GitObjectID], _ check: () throws -> Void) throws {
        commits += ids.count
        try repository.forEachOwnChange(of: ids) { commit, change in
            try check()
            guard let entry = change.new, entry.mode.isFile else { return }
            if let artifact = entry.artifactPath {
                guard seen.insert(entry).inserted else { return }
                artifacts.append(Artifact(commit: commit, path: artifact, pointer: try pointer(in: entry.id)))
            } else if judgesFiles, change.old == nil {
                try takeFile(entry, commit)
            }
        }
    }

    private mutating func takeFile(_ entry: TreeEntry, _ commit: GitObjectID) throws {
        guard let size = try repository.info(entry.id)?.size, size > policy.largestGitFile else { return }
        guard !largeAllowed.contains(where: { $0.matches(entry.path) }), seen.insert(entry).inserted else { return }
        largeFiles.append(LargeFile(commit: commit, path: entry.path, size: size))
    }

    /// The pointer in a blob, or why it is none. Throws if Git itself fails.
    private mutating func pointer(in blob: GitObjectID) throws -> Result<Pointer, TenonError> {
        if let known = pointers[blob] { return known }
        let result: Result<Pointer, TenonError>
        do {
            result = .success(try Pointer(parsing: try repository.blob(blob, limit: Pointer.maximumLength)))
        } catch let error as TenonError where error.code != .git && error.code != .io {
            result = .failure(error)
        }
        pointers[blob] = result
        return result
    }

    // MARK: Judging

    /// Whether anything is bound about which a store or a remote must be asked.
    var namesContent: Bool { artifacts.contains { (try? $0.pointer.get()) != nil } }

    /// Content about which a rule asks records.
    func needingRecords(_ store: Store) -> [Pointer] {
        let rules = HistoryRules(repository: repository, store: store, policy: policy)
        return artifacts.compactMap { artifact in rules.areAbout(artifact.path) ? try? artifact.pointer.get() : nil }
    }

    /// Judges what can be told from Git alone: pointers and files.
    func judgeByGit(_ find: (PolicyFinding) throws -> Void) rethrows {
        for artifact in artifacts { if let finding = unreadable(artifact) { try find(finding) } }
        for file in largeFiles { try find(finding(file)) }
    }

    /// Judges all that was gathered.
    ///
    /// - Parameters:
    ///   - isAvailable: whether content can be had from somewhere.
    ///   - find: called with each rule that is broken, and with the commit that Git's history lacks where that is the reason.
    func judge(store: Store, isAvailable: @escaping (Pointer) -> Bool, _ find: (PolicyFinding, GitObjectID?) throws -> Void) throws {
        let rules = HistoryRules(repository: repository, store: store, policy: policy, isAvailable: isAvailable)
        for artifact in artifacts {
            if let finding = unreadable(artifact) { try find(finding, nil) }
            guard case .success(let pointer) = artifact.pointer else { continue }
            func finding(_ rule: PolicyFinding.Rule, _ cause: String, _ remedy: String) -> PolicyFinding {
                PolicyFinding(rule: rule, path: WirePath(artifact.path), commit: artifact.commit.hex, cause: cause, remedy: remedy)
            }
            if !isAvailable(pointer) {
                try find(
                    finding(
                        .data, "nobody has the bytes of \(pointer.oid): neither this store nor a remote",
                        "'tenon push' where they are, or make the commit anew without it"), nil)
            }
            for violation in try rules.violations(of: artifact.path, pointer) {
                try find(finding(violation.rule, violation.cause, violation.remedy), violation.lackedCommit)
            }
        }
        for file in largeFiles { try find(finding(file), nil) }
    }

    private func unreadable(_ artifact: Artifact) -> PolicyFinding? {
        guard case .failure(let error) = artifact.pointer else { return nil }
        return PolicyFinding(
            rule: .pointer, path: WirePath(artifact.path), commit: artifact.commit.hex,
            cause: "its pointer can't be read: \(error.cause ?? error.message)", remedy: "tenon add \(artifact.path)")
    }

    private func finding(_ file: LargeFile) -> PolicyFinding {
        PolicyFinding(
            rule: .maxGitFile, path: WirePath(bytes: file.path), commit: file.commit.hex,
            cause: "it has \(file.size) bytes, more than policy.max-git-file (\(policy.largestGitFile))",
            remedy: "tenon add --adopt, or name it in policy.large-ok of tenon.yaml")
    }
}

extension GitRepository {
    /// What `tenon.yaml` in a commit says; the defaults if it has none.
    func settings(in commit: GitObjectID) throws -> Settings { try settingsIfPresent(in: commit) ?? Settings() }

    /// What `tenon.yaml` in a commit says; `nil` if it has none.
    func settingsIfPresent(in commit: GitObjectID) throws -> Settings? {
        guard let entry = try entry(at: Array(Settings.fileName.utf8), inTree: try self.commit(commit).tree) else { return nil }
        // A policy that is there in another form must not be passed over in silence.
        guard entry.mode.isFile else { throw SettingsError.at(nil, "it can't be read", "it is not a regular file") }
        return try SettingsParser.parse(try blob(entry.id, limit: SettingsParser.maximumLength))
    }
}
