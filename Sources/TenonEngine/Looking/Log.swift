import TenonAPI
import TenonCore
import TenonGit

extension Engine {
    /// `tenon log`: commits, each with the artifacts that it changed against its first parent.
    package func log(_ request: LogRequest, _ reporter: Reporter<LogRequest>) async throws -> LogRequest.Reply {
        try await reading(request, reporter) { job in
            let selection = try job.tree.selection(request.paths)
            var sent = 0
            try job.tree.forEachCommit(from: [try job.tree.commitIdentifier(request.start)]) { commit in
                try job.checkCancellation()
                var changes = try job.pointerChanges(in: commit)
                if !selection.isEmpty {
                    changes.removeAll { change in
                        !selection.contains { wanted in
                            guard let path = try? RelativePath(bytes: change.path.bytes) else { return true }
                            return path.isWithin(wanted) || wanted.isWithin(path)
                        }
                    }
                }
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
    /// The artifacts that `commit` changed against its first parent. A pointer that can't be read is warned of and counts as none.
    fileprivate func pointerChanges(in commit: CommitInfo) throws -> [PointerChange] {
        try tree.pointerChanges(in: commit).compactMap { path, old, new in
            let summaries = [old, new].map { blob in
                blob.flatMap { blob -> PointerSummary? in
                    do {
                        return PointerSummary(try tree.pointer(in: blob))
                    } catch {
                        reporter.warn("\(commit.id.hex.prefix(12)): '\(path).tenon': \(error)")
                        return nil
                    }
                }
            }
            guard summaries[0] != nil || summaries[1] != nil else { return nil }
            let change: ChangeKind = old == nil ? .added : new == nil ? .removed : .changed
            return PointerChange(path: WirePath(path), change: change, old: summaries[0], new: summaries[1])
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
