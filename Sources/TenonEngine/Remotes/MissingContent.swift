import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// Fetches what a restore will need and the store lacks, from the remotes that there are. What can't be had is left to the restore to report.
    func bringMissing(_ request: RestoreRequest, _ reporter: Reporter<RestoreRequest>) async throws {
        guard let environment = request.environment else { return }
        try await bringMissing(
            environment, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }, warn: { reporter.warn($0) },
            isHook: request.mode == .reconcile
        ) { meter in
            let tree = try WorkTree(request.workTree, engine: self)
            return (tree, try self.wantedContent(of: request, tree))
        }
    }

    /// The same for `cat`.
    func bringMissing(
        _ request: CatRequest, isCancelled: @escaping @Sendable () -> Bool, warn: @escaping @Sendable (String) -> Void
    ) async throws {
        guard let environment = request.environment else { return }
        try await bringMissing(environment, isCancelled: isCancelled, warn: warn) { _ in
            let tree = try WorkTree(request.workTree, engine: self)
            guard let found = try Lookup(tree, commit: request.commit).artifact(around: try tree.artifactPath(request.path)) else {
                return (tree, [])
            }
            return (tree, [WantedContent(artifact: found.path, pointer: found.pointer, entries: found.entry.map { [$0] } ?? [])])
        }
    }

    /// The same for the directories that the merge driver has to read. Git waits for it, as it does for a hook.
    func bringMissing(_ pointers: [Pointer], of artifact: RelativePath, _ request: MergeRequest, _ reporter: Reporter<MergeRequest>) async throws {
        guard let environment = request.environment, let context = request.workTree else { return }
        try await bringMissing(
            environment, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }, warn: { reporter.warn($0) },
            isHook: true
        ) { _ in
            (try WorkTree(context, engine: self), pointers.map { WantedContent(artifact: artifact, pointer: $0) })
        }
    }

    /// Fetches what `find` wants and the store lacks; says what can't be had.
    func bringMissing(
        _ environment: [String: String], isCancelled: @escaping @Sendable () -> Bool,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }, warn: @escaping @Sendable (String) -> Void = { _ in }, isHook: Bool = false,
        _ find: @escaping @Sendable (Meter) throws -> (WorkTree, [WantedContent])
    ) async throws {
        let meter = Meter()
        try await observed(meter, isCancelled: isCancelled, progress: progress) {
            let (remotes, missing, limit) = try await self.blocking { () -> ([RemoteConfiguration], [WantedContent], UInt64) in
                let (tree, wanted) = try find(meter)
                let missing = try wanted.filter { try self.lacks($0) }
                guard !missing.isEmpty else { return ([], [], 0) }
                do {
                    let settings = try tree.settings()
                    // Where there is no remote, nothing is to be said; where one is proposed, how it is agreed to, but not by each hook.
                    if try tree.remotes().isEmpty, isHook || settings.remotes.isEmpty { return ([], [], 0) }
                    return (try self.remotes(for: nil, tree, settings), missing, settings.policy.fetchLimit)
                } catch let error as TenonError {
                    warn("nothing is fetched: \(error)\(error.hint.map { "; \($0)" } ?? "")")
                    return ([], [], 0)
                }
            }
            if missing.isEmpty { return }
            let size = missing.reduce(UInt64(0)) { $0 &+ $1.pointer.size }
            // Whoever switches a branch is not made to wait for a download of any length.
            if isHook, size > limit {
                warn(
                    "\(missing.count == 1 ? "1 artifact" : "\(missing.count) artifacts"), \(size) bytes, are not fetched by a hook "
                        + "(policy.fetch-on-checkout: \(limit) bytes): run 'tenon fetch', then 'tenon restore'")
                return
            }
            do {
                var bringing = Bringing(engine: self, meter: meter, jobs: Engine.jobs(0), missing)
                let faults = try await self.withEachRemote(remotes, environment: environment, meter: meter, while: { bringing.lacksSomething }) {
                    session in
                    try await bringing.bring(from: session)
                }
                for (item, error) in try bringing.failures(faults, warn: warn) {
                    warn("'\(item.artifact)' can't be fetched: \(error.cause ?? error.message)")
                }
            } catch let error as TenonError where error.code != .cancelled && error.code != .noSpace {
                warn("nothing is fetched: \(error)")
            }
        }
    }

    /// What `request` may have to write.
    private func wantedContent(of request: RestoreRequest, _ tree: WorkTree) throws -> [WantedContent] {
        let selection = try tree.selection(request.paths)
        let survey = try Survey(tree, paths: selection)
        if request.mode == .merge { return survey.records.flatMap { sides(of: $0, tree) } }
        guard request.mode == .overwrite else {
            if request.mode == .reconcile, try tree.isRebasePassing() { return [] }
            // What lies there and has not moved needs nothing; the rest may, and is asked for only if the store lacks it.
            let isPartial = try tree.isPartial()
            let moved = try survey.records.filter { record in
                guard record.needsData || record.isConflictMoved, case .present = record.pointerFile else { return false }
                if isPartial && record.isLeftOut { return false }
                return try !record.isPointerUnmoved || (request.mode == .checkout && tree.files.kind(of: record.path) == .absent)
            }
            return WantedContent.gather(moved.compactMap { record in record.pointerFile.pointer.map { (record.path, $0) } }, [])
        }
        let source = try Source(tree: tree, commit: request.source, side: request.side)
        let plan = try RestorePlan(selection, source: source, survey: survey)
        return plan.artifacts.flatMap { artifact -> [WantedContent] in
            let record = survey[artifact] ?? ArtifactRecord(path: artifact)
            // A file inside a conflict is settled by merging all of both sides.
            if request.side != nil, record.isConflicted, plan.entries[artifact] != nil { return sides(of: record, tree) }
            // Guessed, not looked at: where nothing lies, or the pointer has moved, it is the work tree's pointer that is followed.
            let followsPointer = !record.isPointerUnmoved || (try? tree.files.kind(of: artifact)) == .absent
            guard let pointer = try? source.pointer(for: record, state: followsPointer ? .behind : nil) else { return [] }
            return [WantedContent(artifact: artifact, pointer: pointer, entries: plan.entries[artifact] ?? [])]
        }
    }

    /// What the stages of a conflict name, the base included.
    private func sides(of record: ArtifactRecord, _ tree: WorkTree) -> [WantedContent] {
        record.conflict.values.compactMap { blob in
            (try? tree.pointer(in: blob)).map { WantedContent(artifact: record.path, pointer: $0) }
        }
    }
}
