import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

extension Engine {
    /// `tenon log`: commits, each with the artifacts that it changed against its first parent.
    package func log(_ request: LogRequest, _ reporter: Reporter<LogRequest>) async throws -> LogRequest.Reply {
        try await reading(request, reporter) { job in
            let selection = try job.tree.selection(request.paths)
            var sent = 0
            try job.tree.forEachCommit(from: [try job.tree.commitIdentifier(request.start)]) { commit in
                try job.checkCancellation()
                let changes = try job.pointerChanges(in: commit, selection)
                if changes.isEmpty && !request.all { return true }
                let runs = request.lineage == true ? job.runs(of: changes.compactMap(\.new)) : nil
                job.reporter.item(LoggedCommit(commit, changes: changes, runs: runs))
                sent += 1
                return request.limit <= 0 || sent < request.limit
            }
            return LogRequest.Reply(commits: sent)
        }
    }

    /// `tenon show`: a commit and the artifacts that it binds.
    package func show(_ request: ShowRequest, _ reporter: Reporter<ShowRequest>) async throws -> ShowRequest.Reply {
        try await reading(request, reporter) { job in
            let commit = try job.tree.commit(try job.tree.commitIdentifier(request.commit))
            var artifacts: [BoundArtifact] = []
            for (path, bound) in try job.tree.pointers(in: commit.id).sorted(by: { $0.key < $1.key }) {
                do {
                    let pointer = try job.tree.pointer(in: bound.blob)
                    artifacts.append(BoundArtifact(path: WirePath(path), pointer: PointerSummary(pointer), stored: job.store.isStored(pointer)))
                } catch let error as TenonError {
                    job.reporter.warn("'\(path).tenon': \(error)")
                }
            }
            return ShowRequest.Reply(
                commit: LoggedCommit(commit, changes: try job.pointerChanges(in: commit)), artifacts: artifacts,
                runs: job.runs(of: artifacts.map(\.pointer)))
        }
    }
}

extension Job {
    /// The artifacts that `commit` changed against its first parent, at or below the paths of `selection`; empty: all. A pointer that can't be read is
    /// warned of and counts as none.
    fileprivate func pointerChanges(in commit: CommitInfo, _ selection: [RelativePath] = []) throws -> [PointerChange] {
        try tree.pointerChanges(in: commit).compactMap { path, old, new in
            let isWhole = selection.isEmpty || selection.contains(where: path.isWithin)
            let inside = isWhole ? [] : selection.compactMap { $0.relative(to: path) }
            guard isWhole || !inside.isEmpty else { return nil }
            let pointers = [old, new].map { blob in
                blob.flatMap { blob -> Pointer? in
                    do {
                        return try tree.pointer(in: blob)
                    } catch {
                        reporter.warn("\(commit.id.hex.prefix(12)): '\(path).tenon': \(error)")
                        return nil
                    }
                }
            }
            guard pointers[0] != nil || pointers[1] != nil else { return nil }
            guard isWhole || differ(pointers[0], pointers[1], at: inside, of: path, in: commit) else { return nil }
            let change: ChangeKind = old == nil ? .added : new == nil ? .removed : .changed
            return PointerChange(
                path: WirePath(path), change: change, old: pointers[0].map(PointerSummary.init), new: pointers[1].map(PointerSummary.init))
        }
    }

    /// Whether an artifact's two states differ at one of `paths` inside it. Where what they consist of is not here to tell, they are taken to.
    private func differ(_ old: Pointer?, _ new: Pointer?, at paths: [RelativePath], of artifact: RelativePath, in commit: CommitInfo) -> Bool {
        do {
            return try paths.contains { try store.differ(old, new, at: $0) }
        } catch {
            reporter.warn("\(commit.id.hex.prefix(12)) is shown, though what it changed in '\(artifact)' can't be read: \(error)")
            return true
        }
    }
}

extension LoggedCommit {
    fileprivate init(_ commit: CommitInfo, changes: [PointerChange], runs: [RunSummary]? = nil) {
        self.init(
            commit: commit.id.hex, author: commit.author.name, email: commit.author.email, time: commit.author.time, offset: commit.author.offset,
            subject: commit.subject, changes: changes, runs: runs)
    }
}
