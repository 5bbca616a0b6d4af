import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

/// What may not be committed. Only what differs from every parent is judged: what a parent has already is history, and no reason to refuse.
struct CommitRules<R: WorkTreeRequest> {
    let job: Job<R>
    let settings: Settings
    let survey: Survey
    /// How the index differs from the first parent.
    let changes: [TreeChange]

    /// So many reasons are given at most.
    private static var maximumRefusals: Int { 20 }

    /// Why the commit must not be made; none: it may.
    func refusals() throws -> [Refusal] {
        let others = try job.tree.mergedTrees()
        let largeAllowed = settings.policy.largeAllowed.map { Glob($0) }
        var refusals: [Refusal] = []
        for change in changes where refusals.count < Self.maximumRefusals {
            guard let entry = change.new, entry.mode.isFile else { continue }
            let isKnown = try others.contains { try job.tree.repository.entry(at: entry.path, inTree: $0)?.id == entry.id }
            if isKnown { continue }
            if let artifact = entry.artifactPath {
                let refusal = refusal(of: artifact, entry)
                if let refusal { refusals.append(refusal) }
                if refusal.map({ $0.missing != nil }) ?? true { refusals += try brokenRules(of: artifact, entry) }
            } else if let refusal = try refusal(ofFile: entry, isNew: change.old == nil, largeAllowed) {
                refusals.append(Refusal(error: refusal))
            }
        }
        return refusals
    }

    private func refusal(of artifact: RelativePath, _ entry: TreeEntry) -> Refusal? {
        func refused(_ code: TenonError.Code, _ cause: String, hint: String, missing: Pointer? = nil) -> Refusal {
            Refusal(
                error: TenonError(code, "'\(artifact)' can't be committed", cause: cause, hint: hint), missing: missing.map(Locator.Subject.init))
        }
        let pointer: Pointer
        do {
            pointer = try job.tree.pointer(in: entry.id)
        } catch {
            return refused(
                .corrupt, "its staged pointer can't be read: \((error as? TenonError)?.cause ?? "\(error)")",
                hint: "tenon add \(artifact), or git restore --staged \(artifact).tenon")
        }
        switch survey[artifact].flatMap(state) {
        case .moving:
            return refused(
                .artifactState, "a checkout of it was cut short, and half of its data is old", hint: "tenon restore \(artifact) finishes it")
        case .diverged:
            return refused(
                .artifactState, "Git moved its pointer, and its data has changed too",
                hint: "tenon restore \(artifact) saves the data and takes the pointer's; 'tenon add \(artifact)' takes the data")
        default: break
        }
        guard job.store.isStored(pointer) else {
            return refused(
                .missingContent, "nobody has the bytes of \(pointer.oid)",
                hint: "tenon add \(artifact) where the data is, or git restore --staged \(artifact).tenon", missing: pointer)
        }
        return nil
    }

    private func brokenRules(of artifact: RelativePath, _ entry: TreeEntry) throws -> [Refusal] {
        let rules = HistoryRules(repository: job.tree.repository, store: job.store, policy: settings.policy)
        return try rules.violations(of: artifact, job.tree.pointer(in: entry.id)).map {
            Refusal(
                error: TenonError(.conflict, "'\(artifact)' can't be committed", cause: "policy.\($0.rule.rawValue): \($0.cause)", hint: $0.remedy))
        }
    }

    /// The state of an artifact, where it can be told; data that can't be read is told of by whoever needs it.
    private func state(_ record: ArtifactRecord) -> ArtifactState? {
        if record.base?.isMoving != true, record.isPointerUnmoved { return nil }
        return (try? job.observe(record.path)).map { record.standing(data: $0).state }
    }

    private func refusal(ofFile entry: TreeEntry, isNew: Bool, _ largeAllowed: [Glob]) throws -> TenonError? {
        let name = displayName(entry.path)
        if let path = try? RelativePath(bytes: entry.path), let artifact = survey.artifact(around: path) {
            return TenonError(
                .conflict, "'\(name)' can't be committed", cause: "it belongs to the artifact '\(artifact.path)', whose bytes Tenon keeps",
                hint: "git rm -r --cached -- \(artifact.path) leaves the bytes where they are")
        }
        guard isNew, !largeAllowed.contains(where: { $0.matches(entry.path) }) else { return nil }
        guard let size = try job.tree.repository.info(entry.id)?.size, size > settings.policy.largestGitFile else { return nil }
        return TenonError(
            .conflict, "'\(name)' can't be committed",
            cause: "it has \(size) bytes, more than policy.max-git-file (\(settings.policy.largestGitFile))",
            hint: "git rm --cached -- \(name) && tenon add \(name), or name it in policy.large-ok of tenon.yaml")
    }
}
