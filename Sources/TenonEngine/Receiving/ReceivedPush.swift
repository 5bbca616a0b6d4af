import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// What a push brings, gathered reference by reference with the rules that count for each: those of the branch as it lies on the server.
package struct ReceivedPush: @unchecked Sendable {
    // Unchecked because evidence is one thread's at a time: it is gathered to its end before it is judged.

    /// What is pushed to some references, judged by the same rules.
    private struct Part {
        var updates: [ReceivedUpdate]
        /// Where the rules come from, for people.
        var origin: String
        var evidence: CommitEvidence
    }

    /// So many rules that are broken are told of.
    package static let maximumShown = 20

    let repository: GitRepository
    let settings: ReceivingSettings
    private var parts: [Part] = []

    /// Looks at what the updates bring. Reads Git objects only.
    package init(_ updates: [ReceivedUpdate], repository: GitRepository, settings: ReceivingSettings) throws {
        self.repository = repository
        self.settings = settings
        let moved = try updates.compactMap { update in try repository.peeledCommit(update.new).map { (update, $0) } }
        guard !moved.isEmpty else { return }
        let branches = try repository.branches()
        let main = try repository.head().branch.flatMap { branch in try branches[branch].map { (branch, $0, try rulesOnServer(of: branch, at: $0)) } }
        var others: [(ReceivedUpdate, GitObjectID)] = []
        for (update, commit) in moved {
            guard let old = branches[update.name], let rules = try rulesOnServer(of: update.name, at: old) else {
                others.append((update, commit))
                continue
            }
            // What the default branch has was judged when it came there; by other rules than these only if they differ.
            let isJudged = main.map { $0.0 != update.name && $0.2?.policy == rules.policy } ?? false
            try take([(update, commit)], rules, known: [old] + (isJudged ? main.map { [$0.1] } ?? [] : []), andReferences: false)
        }
        guard !others.isEmpty else { return }
        // A new reference is held to what the server says, else to what the default branch says; what any reference has is published already.
        let rules = main?.2 ?? settings.policy.map { Rules(policy: $0, origin: "tenon.server.policy") }
        try take(others, rules, known: [], andReferences: true)
    }

    private struct Rules {
        var policy: Policy
        var origin: String
    }

    /// The rules of a branch as it lies on the server; `nil` if it has none.
    private func rulesOnServer(of branch: String, at commit: GitObjectID) throws -> Rules? {
        let origin = "tenon.yaml of \(displayName(branch.utf8)) on the server"
        do {
            return try repository.settingsIfPresent(in: commit).map { Rules(policy: $0.policy, origin: origin) }
        } catch var error as TenonError where error.code == .invalidArgument || error.code == .unsupportedVersion {
            error = TenonError(error.code, "the push can't be checked", cause: "\(origin): \(error)", hint: ReceivingSettings.administrator)
            throw error
        }
    }

    private mutating func take(
        _ moved: [(ReceivedUpdate, GitObjectID)], _ rules: Rules?, known: [GitObjectID], andReferences: Bool
    ) throws {
        let commits = try repository.newCommits(from: moved.map(\.1), known: known, andReferences: andReferences)
        var evidence = CommitEvidence(repository: repository, policy: rules?.policy ?? Policy(), judgesFiles: rules != nil)
        try evidence.takeChanges(of: commits) {}
        parts.append(Part(updates: moved.map(\.0), origin: rules?.origin ?? "", evidence: evidence))
    }

    // MARK: Judging

    package var commits: Int { parts.reduce(0) { $0 + $1.evidence.commits } }

    /// Whether the store and the remote must be asked.
    package var namesContent: Bool { parts.contains { $0.evidence.namesContent } }

    /// Content about which a rule asks records.
    func needingRecords(_ store: Store) -> [Pointer] { parts.flatMap { $0.evidence.needingRecords(store) } }

    /// The rules that are broken.
    ///
    /// - Parameter availability: what content can be had; `nil`: only what Git's objects tell is judged.
    func findings(store: Store? = nil, _ availability: Availability? = nil) throws -> [ReceivedFinding] {
        var findings: [ReceivedFinding] = []
        for part in parts {
            func note(_ finding: PolicyFinding) throws {
                // Each costs Git a look at history.
                let name = findings.count < ReceivedPush.maximumShown ? try reference(of: finding, part) : ""
                findings.append(ReceivedFinding(reference: name, origin: part.origin, finding: finding))
            }
            if let store, let availability {
                try part.evidence.judge(store: store, isAvailable: availability.has) { finding, _ in try note(finding) }
            } else {
                try part.evidence.judgeByGit(note)
            }
        }
        return findings
    }

    /// What Git's objects alone tell.
    package func findingsByGit() throws -> [ReceivedFinding] { try findings() }

    /// The reference by which a commit came.
    private func reference(of finding: PolicyFinding, _ part: Part) throws -> String {
        guard part.updates.count > 1, let commit = GitObjectID(hex: finding.commit) else { return part.updates.first?.name ?? "" }
        return try part.updates.first { try repository.isAncestor(commit, of: $0.new) }?.name ?? ""
    }
}

/// A rule that a push breaks.
package struct ReceivedFinding: Sendable {
    /// The reference that would be moved.
    package var reference: String
    /// Where the rules come from.
    package var origin: String
    package var finding: PolicyFinding
}
