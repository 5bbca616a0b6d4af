import Synchronization
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

extension Engine {
    /// `tenon verify --policy`: whether commits keep the rules. Needs Git's objects; of the data only that it is somewhere, in the store or listed by
    /// a remote; of runs their records, which are fetched.
    package func checkPolicy(_ request: PolicyRequest, _ reporter: Reporter<PolicyRequest>) async throws -> PolicyRequest.Reply {
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            let (survey, remotes) = try await self.blocking {
                let tree = try WorkTree(request.workTree, engine: self)
                var survey = try PolicySurvey(tree: tree, request: request)
                try survey.run(meter.sink.check)
                return (survey, try survey.remotes())
            }
            guard let remotes else { return try await self.blocking { try survey.judge(Availability(store: self.store), reporter) } }
            return try await self.withRemotes([remotes], environment: request.environment) { sessions in
                let availability = Availability(store: self.store)
                guard let view = sessions.first?.view else { return try await self.blocking { try survey.judge(availability, reporter) } }
                let transfer = RecordTransfer(engine: self, view: view, meter: meter)
                for problem in try await transfer.bring(of: survey.needingRecords()) { reporter.warn("\(problem)") }
                // What the rules ask for is found out by judging; then the remote is asked about it, all at once; until nothing new is asked for.
                repeat {
                    _ = try await self.blocking { try survey.judge(availability, Reporter()) }
                } while try await availability.learn(from: view)
                return try await self.blocking { try survey.judge(availability, reporter) }
            }
        }
    }
}

/// Where content can be had: in the store, or on a remote as far as it was asked.
final class Availability: Sendable {
    private struct State {
        var remote: Set<Locator.Subject> = []
        var asked: Set<Locator.Subject> = []
        var unknown: Set<Locator.Subject> = []
    }

    private let store: Store
    private let state = Mutex(State())

    init(store: Store) {
        self.store = store
    }

    /// Whether the content can be had. What the store lacks is noted, to be asked of the remote.
    func has(_ pointer: Pointer) -> Bool {
        if store.isStored(pointer) { return true }
        let subject = Locator.Subject(pointer)
        return state.withLock { state in
            if state.remote.contains(subject) { return true }
            state.unknown.insert(subject)
            return false
        }
    }

    /// Asks the remote about what was asked for and is not known. Returns whether there was anything.
    func learn(from view: RemoteView) async throws -> Bool {
        let unknown = state.withLock { state in
            let unknown = state.unknown.subtracting(state.asked)
            state.asked.formUnion(unknown)
            return unknown
        }
        guard !unknown.isEmpty else { return false }
        let present = try await view.present(unknown)
        state.withLock { $0.remote.formUnion(present) }
        return true
    }
}

/// What commits bind, gathered to be judged.
struct PolicySurvey: @unchecked Sendable {
    // Unchecked because the work tree is one thread's at a time: each use runs to its end before the next begins.
    private let tree: WorkTree
    private let request: PolicyRequest
    private let policy: Policy
    private let settings: Settings
    private var artifacts: [(commit: GitObjectID, path: RelativePath, blob: GitObjectID)] = []
    private var files: [(commit: GitObjectID, entry: TreeEntry)] = []
    private var commits = 0
    private var seen: Set<TreeEntry> = []

    init(tree: WorkTree, request: PolicyRequest) throws {
        self.tree = tree
        self.request = request
        settings = try request.rules.map { try tree.settings(in: try tree.commitIdentifier($0)) } ?? tree.settings()
        policy = settings.policy
    }

    mutating func run(_ check: () throws -> Void) throws {
        if request.all || !request.starts.isEmpty {
            let starts = try request.all ? tree.tips() : request.starts.map(tree.commitIdentifier)
            for id in try tree.repository.newCommits(from: starts, known: request.known.map(tree.commitIdentifier)) {
                try check()
                try takeChanges(of: try tree.commit(id))
            }
        } else {
            for id in try request.commits.map(tree.commitIdentifier) { try takeAll(of: id) }
        }
    }

    /// The default remote; `nil` if there is none. One that is proposed and not agreed to is an error: what it holds can't be known.
    func remotes() throws -> RemoteConfiguration? {
        if try tree.remotes().isEmpty { return nil }
        return try tree.remote(nil, settings)
    }

    // MARK: Gathering

    private mutating func takeAll(of id: GitObjectID) throws {
        commits += 1
        for (path, bound) in try tree.pointers(in: id).sorted(by: { $0.key < $1.key }) { artifacts.append((id, path, bound.blob)) }
    }

    /// What a commit has that none of its parents has.
    private mutating func takeChanges(of commit: CommitInfo) throws {
        commits += 1
        var parents: [CommitInfo] = []
        for parent in commit.parents {
            guard let found = try tree.repository.commitIfPresent(parent) else { throw shallow(commit) }
            parents.append(found)
        }
        for change in try tree.repository.changes(in: commit, against: parents.first) {
            guard let entry = change.new, entry.mode.isFile else { continue }
            let isInherited = try parents.dropFirst().contains { try tree.repository.entry(at: entry.path, inTree: $0.tree)?.id == entry.id }
            if isInherited || !seen.insert(entry).inserted { continue }
            if let artifact = entry.artifactPath {
                artifacts.append((commit.id, artifact, entry.id))
            } else if change.old == nil {
                files.append((commit.id, entry))
            }
        }
    }

    private func shallow(_ commit: CommitInfo) -> TenonError {
        TenonError(
            .git, "the rules can't be checked", cause: "this clone is shallow: it lacks a parent of commit \(commit.id.hex.prefix(12))",
            hint: "git fetch --unshallow (in CI: a checkout with all history, 'fetch-depth: 0')")
    }

    private var isShallow: Bool {
        (try? tree.repository.process.succeed(["rev-parse", "--is-shallow-repository"]).line.elementsEqual("true".utf8)) == true
    }

    /// Content about which a rule asks records.
    func needingRecords() throws -> [Pointer] {
        let rules = HistoryRules(tree: tree, store: tree.engine.store, policy: policy)
        return artifacts.compactMap { artifact in
            guard rules.areAbout(artifact.path) else { return nil }
            return try? tree.pointer(in: artifact.blob)
        }
    }

    // MARK: Judging

    /// Judges all that was gathered; findings go to `reporter` as items.
    func judge(_ availability: Availability, _ reporter: Reporter<PolicyRequest>) throws -> PolicyRequest.Reply {
        var reply = PolicyRequest.Reply(commits: commits, artifacts: artifacts.count, findings: 0)
        func find(_ rule: PolicyFinding.Rule, _ path: WirePath, _ commit: GitObjectID, _ cause: String, _ remedy: String) {
            reply.findings += 1
            reporter.item(PolicyFinding(rule: rule, path: path, commit: commit.hex, cause: cause, remedy: remedy))
        }
        let rules = HistoryRules(tree: tree, store: tree.engine.store, policy: policy, isAvailable: availability.has)
        let isShallow = isShallow
        for artifact in artifacts {
            let path = WirePath(artifact.path)
            let pointer: Pointer
            do {
                pointer = try tree.pointer(in: artifact.blob)
            } catch let error as TenonError {
                find(.pointer, path, artifact.commit, "its pointer can't be read: \(error.cause ?? error.message)", "tenon add \(artifact.path)")
                continue
            }
            if !availability.has(pointer) {
                find(
                    .data, path, artifact.commit, "nobody has the bytes of \(pointer.oid): neither this store nor a remote",
                    "'tenon push' where they are, or make the commit anew without it")
            }
            for violation in try rules.violations(of: artifact.path, pointer) {
                if violation.isOfHistory, isShallow {
                    throw TenonError(
                        .git, "the rules can't be checked for '\(artifact.path)'", cause: "this clone is shallow, and \(violation.cause)",
                        hint: "git fetch --unshallow (in CI: a checkout with all history, 'fetch-depth: 0')")
                }
                find(violation.rule, path, artifact.commit, violation.cause, violation.remedy)
            }
        }
        let allowed = policy.largeAllowed.map { Glob($0) }
        for (commit, entry) in files where !allowed.contains(where: { $0.matches(entry.path) }) {
            guard let size = try tree.repository.info(entry.id)?.size, size > policy.largestGitFile else { continue }
            find(
                .maxGitFile, WirePath(bytes: entry.path), commit, "it has \(size) bytes, more than policy.max-git-file (\(policy.largestGitFile))",
                "tenon add --adopt, or name it in policy.large-ok of tenon.yaml")
        }
        return reply
    }
}

extension WorkTree {
    /// What `tenon.yaml` in a commit says; the defaults if it has none.
    func settings(in commit: GitObjectID) throws -> Settings {
        guard let entry = try repository.entry(at: Array(Settings.fileName.utf8), inTree: try self.commit(commit).tree) else { return Settings() }
        return try SettingsParser.parse(try repository.blob(entry.id, limit: SettingsParser.maximumLength))
    }
}
