import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

extension Engine {
    /// `pre-push` and `reference-transaction`: whether every commit that becomes reachable has its bytes, and the history
    /// that the rules ask for. Before a push its data goes to the default remote.
    package func checkRefs(_ request: CheckRefsRequest, _ reporter: Reporter<CheckRefsRequest>) async throws -> CheckRefsRequest.Reply {
        let check = try await reading(request, reporter) { job in
            var check = try RefsCheck(job: job, isPush: request.remote != nil)
            try check.run(request)
            return (reply: check.reply, refusals: check.refusals, pointers: check.pointers, isRemoteKnown: check.isRemoteKnown)
        }
        var reply = check.reply
        reply.refusals = try await settled(check.refusals, request.workTree, environment: request.environment) { reporter.warn($0) }
        guard request.remote != nil, reply.refusals.isEmpty, !check.pointers.isEmpty else { return reply }
        let meter = Meter()
        let outcome = try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            try await PushedData(engine: self, request: request, reporter: reporter, meter: meter)
                .run(check.pointers, isRemoteKnown: check.isRemoteKnown)
        }
        reply.sent = outcome.sent
        if let refusal = outcome.refusal { reply.refusals.append(refusal) }
        return reply
    }
}

/// One check of references: new commits only, each distinct pointer once.
private struct RefsCheck {
    let job: Job<CheckRefsRequest>
    private(set) var reply = CheckRefsRequest.Reply(commits: 0, refusals: [])
    /// What the store and Git alone can say against it.
    private(set) var refusals: [Refusal] = []
    /// What the new commits bind.
    private(set) var pointers: [Pointer] = []
    /// Whether all that the other side's references name is known here.
    private(set) var isRemoteKnown = true
    private var seen: Set<GitObjectID> = []

    /// So many reasons are given at most.
    private static let maximumRefusals = 20

    private let rules: HistoryRules

    init(job: Job<CheckRefsRequest>, isPush: Bool) throws {
        self.job = job
        // A push waits for a file of rules that can be read; a rebase that stopped in the middle of a conflict in it must be able to go on.
        let settings = try isPush ? job.settings() : job.lenientSettings()
        rules = HistoryRules(repository: job.tree.repository, store: job.store, policy: settings.policy)
    }

    mutating func run(_ request: CheckRefsRequest) throws {
        let updates = try request.updates.map { (name: $0.name, old: try identifier($0.old, $0), new: try identifier($0.new, $0)) }
        let moved = updates.filter { !$0.new.isZero && $0.new != $0.old && (request.remote != nil || RefsCheck.isJudged($0.name)) }
        var starts: [GitObjectID] = []
        for update in moved {
            // A tag of something else than a commit publishes no pointer.
            if let commit = try job.tree.repository.peeledCommit(update.new), !starts.contains(commit) { starts.append(commit) }
        }
        guard !starts.isEmpty else { return }
        isRemoteKnown = try moved.allSatisfy { try $0.old.isZero || job.tree.repository.info($0.old) != nil }
        let known = try request.remote.map { try commits(on: $0, updates.map(\.old)) } ?? commitsHere()
        let new = try job.tree.repository.newCommits(from: starts, known: known, andReferences: request.remote == nil)
        for id in new {
            try job.checkCancellation()
            reply.commits += 1
            try check(try job.tree.commit(id))
            if refusals.count >= RefsCheck.maximumRefusals { break }
        }
    }

    private func identifier(_ hex: String, _ update: RefUpdate) throws -> GitObjectID {
        guard let id = GitObjectID(hex: hex), id.format == job.tree.repository.objectFormat else {
            throw TenonError(
                .invalidArgument, "'\(displayName(hex.utf8))' is no object of this repository", cause: "it is given for '\(update.name)'")
        }
        return id
    }

    /// Branches, and `HEAD` where it stands on none: what commits are made on. What `fetch` brings is others' work, and no reason to refuse it.
    private static func isJudged(_ name: WirePath) -> Bool {
        name.bytes.elementsEqual("HEAD".utf8) || name.bytes.starts(with: Array("refs/heads/".utf8))
    }

    /// What the remote is known to have: its branches as last seen, and what Git says it has now.
    private func commits(on remote: WirePath, _ told: [GitObjectID]) throws -> [GitObjectID] {
        let prefix = "refs/remotes/" + String(decoding: remote.bytes, as: UTF8.self) + "/"
        return told.filter { !$0.isZero } + (try job.tree.repository.references()).filter { $0.name.hasPrefix(prefix) }.compactMap(\.commit)
    }

    /// What is here already, beside the references: `HEAD`, and what operations under way go back to, so that they can be broken off.
    private func commitsHere() throws -> [GitObjectID] {
        try [job.tree.headCommit()].compactMap(\.self) + job.tree.repository.specialHeads().flatMap(\.ids)
    }

    private mutating func check(_ commit: CommitInfo) throws {
        let others = try commit.parents.dropFirst().compactMap { try job.tree.repository.commitIfPresent($0)?.tree }
        for change in try job.tree.repository.pointerChanges(in: commit) {
            guard let entry = change.new, let artifact = entry.artifactPath, !seen.contains(entry.id) else { continue }
            let isInherited = try others.contains { try job.tree.repository.entry(at: entry.path, inTree: $0)?.id == entry.id }
            if isInherited { continue }
            seen.insert(entry.id)
            let pointer: Pointer
            do {
                pointer = try job.tree.pointer(in: entry.id)
            } catch {
                refusals.append(Refusal(error: RefsCheck.unreadable(artifact, commit, error)))
                continue
            }
            pointers.append(pointer)
            if !job.store.isStored(pointer) { refusals.append(RefsCheck.lacking(artifact, pointer, commit)) }
            for violation in try rules.violations(of: artifact, pointer) {
                refusals.append(
                    Refusal(
                        error: TenonError(
                            .conflict, "commit \(commit.id.hex.prefix(12)) breaks policy.\(violation.rule.rawValue) at '\(artifact)'",
                            cause: violation.cause, hint: violation.remedy)))
            }
        }
    }

    private static func lacking(_ artifact: RelativePath, _ pointer: Pointer, _ commit: CommitInfo) -> Refusal {
        Refusal(
            error: TenonError(
                .missingContent, "commit \(commit.id.hex.prefix(12)) lacks data of '\(artifact)'",
                cause: "the store has not all bytes of \(pointer.oid)",
                hint: "tenon add \(artifact) where that data lies, or make the commit anew without it"), missing: Locator.Subject(pointer))
    }

    private static func unreadable(_ artifact: RelativePath, _ commit: CommitInfo, _ error: any Error) -> TenonError {
        TenonError(
            .corrupt, "commit \(commit.id.hex.prefix(12)) lacks data of '\(artifact)'",
            cause: "its pointer can't be read: \((error as? TenonError)?.cause ?? "\(error)")")
    }
}
