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

/// What `tenon verify --policy` was asked to judge, and what it says of it.
struct PolicySurvey: @unchecked Sendable {
    // Unchecked because the work tree is one thread's at a time: each use runs to its end before the next begins.
    private let tree: WorkTree
    private let request: PolicyRequest
    private let settings: Settings
    private var evidence: CommitEvidence

    init(tree: WorkTree, request: PolicyRequest) throws {
        self.tree = tree
        self.request = request
        settings = try request.rules.map { try tree.repository.settings(in: try tree.commitIdentifier($0)) } ?? tree.settings()
        evidence = CommitEvidence(repository: tree.repository, policy: settings.policy)
    }

    mutating func run(_ check: () throws -> Void) throws {
        if request.all || !request.starts.isEmpty {
            let starts = try request.all ? tree.tips() : request.starts.map(tree.commitIdentifier)
            let commits = try tree.repository.newCommits(from: starts, known: request.known.map(tree.commitIdentifier))
            try ShallowHistory(repository: tree.repository).requireParents(of: commits, from: starts, isWhole: request.all)
            try evidence.takeChanges(of: commits, check)
        } else {
            for id in try request.commits.map(tree.commitIdentifier) { try evidence.takeAll(of: id) }
        }
    }

    /// The default remote; `nil` if there is none. One that is proposed and not agreed to is an error: what it holds can't be known.
    func remotes() throws -> RemoteConfiguration? {
        if try tree.remotes().isEmpty { return nil }
        return try tree.remote(nil, settings)
    }

    /// Content about which a rule asks records.
    func needingRecords() throws -> [Pointer] { evidence.needingRecords(tree.engine.store) }

    /// Judges all that was gathered; findings go to `reporter` as items.
    func judge(_ availability: Availability, _ reporter: Reporter<PolicyRequest>) throws -> PolicyRequest.Reply {
        var reply = PolicyRequest.Reply(commits: evidence.commits, artifacts: evidence.artifacts.count, findings: 0)
        let shallow = ShallowHistory(repository: tree.repository)
        let isShallow = try shallow.isCut
        var lacked: [GitObjectID] = []
        try evidence.judge(store: tree.engine.store, isAvailable: availability.has) { finding, lackedCommit in
            if isShallow, let lackedCommit {
                if !lacked.contains(lackedCommit) { lacked.append(lackedCommit) }
                return
            }
            reply.findings += 1
            reporter.item(finding)
        }
        if let error = shallow.lacking(lacked) { throw error }
        return reply
    }
}
