import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon diff`: what differs between two states of the artifacts, entry by entry.
    ///
    /// Data in the work tree that differs from its pointer is stored first: then every entry has a name, and a later `add` finds it done.
    package func diff(_ request: DiffRequest, _ reporter: Reporter<DiffRequest>) async throws -> DiffRequest.Reply {
        try await reading(request, reporter) { job in
            let comparison = try Comparison(job: job, request: request)
            return DiffRequest.Reply(artifacts: try comparison.run())
        }
    }
}

/// One `diff`.
private struct Comparison {
    let job: Job<DiffRequest>
    let request: DiffRequest
    let selection: [RelativePath]

    init(job: Job<DiffRequest>, request: DiffRequest) throws {
        self.job = job
        self.request = request
        selection = try job.tree.selection(request.paths)
    }

    func run() throws -> [ArtifactDiff] {
        let survey = request.from == nil || request.to == nil ? try job.followedSurvey(selection) : nil
        // What can't be read on one side is neither there nor not there.
        var unreadable: Set<RelativePath> = []
        let left = try request.from.map { try pointers(of: $0, &unreadable) } ?? stagedPointers(survey, &unreadable)
        let right = try request.to.map { try pointers(of: $0, &unreadable) } ?? workTreeData(survey, left)
        var diffs: [ArtifactDiff] = []
        for path in Set(left.keys).union(right.keys).subtracting(unreadable).sorted() {
            try job.checkCancellation()
            let (old, new) = (left[path], right[path])
            if let old, let new, old.sameContent(as: new) { continue }
            if let diff = try compare(path, old, new) { diffs.append(diff) }
        }
        return diffs
    }

    private func isSelected(_ artifact: RelativePath) -> Bool {
        selection.isEmpty || selection.contains { artifact.isWithin($0) || $0.isWithin(artifact) }
    }

    private func pointers(of commit: String, _ unreadable: inout Set<RelativePath>) throws -> [RelativePath: Pointer] {
        var result: [RelativePath: Pointer] = [:]
        for (path, bound) in try job.tree.pointers(in: try job.tree.commitIdentifier(commit)) where isSelected(path) {
            do {
                result[path] = try job.tree.pointer(in: bound.blob)
            } catch let error as TenonError {
                try note(unreadable: path, error, in: "\(commit.prefix(12)): ", &unreadable)
            }
        }
        return result
    }

    /// Says that a pointer can't be read, as an error if it is that of a path asked for.
    private func note(unreadable path: RelativePath, _ error: TenonError, in side: String, _ unreadable: inout Set<RelativePath>) throws {
        let error = TenonError(unreadablePointerOf: path, error)
        if selection.contains(where: { $0.isWithin(path) }) { throw error }
        job.reporter.warn("\(side)\(error)")
        unreadable.insert(path)
    }

    /// What Git's index names, as `git diff` compares with it: the pointers in the work tree follow the data. Of an artifact in conflict, our side; where
    /// the index has none, the pointers in the work tree.
    private func stagedPointers(_ survey: Survey?, _ unreadable: inout Set<RelativePath>) throws -> [RelativePath: Pointer] {
        var result: [RelativePath: Pointer] = [:]
        for record in survey?.records ?? [] {
            if let blob = record.staged ?? record.conflict[2] {
                do {
                    result[record.path] = try job.tree.pointer(in: blob)
                } catch let error as TenonError {
                    try note(unreadable: record.path, error, in: "", &unreadable)
                }
            } else if case .damaged(let error) = record.pointerFile {
                try note(unreadable: record.path, error, in: "", &unreadable)
            } else {
                result[record.path] = record.pointerFile.pointer
            }
        }
        return result
    }

    private func workTreeData(_ survey: Survey?, _ left: [RelativePath: Pointer]) throws -> [RelativePath: Pointer] {
        let compression = job.lenientSettings().compression
        var result: [RelativePath: Pointer] = [:]
        for record in survey?.records ?? [] where record.isNamed || left[record.path] != nil {
            guard let data = try job.observe(record.path) else {
                // Data that was never brought here is no removal.
                if record.base == nil { result[record.path] = left[record.path] }
                continue
            }
            result[record.path] = data
            if left[record.path]?.sameContent(as: data) != true, !job.store.isStored(data) {
                job.meter.begin(.storing, record.path.description)
                result[record.path] = try Pointer(
                    job.store.ingest(job.tree.place(record.path), compression: compression, progress: job.sink).content)
            }
        }
        return result
    }

    private func compare(_ path: RelativePath, _ old: Pointer?, _ new: Pointer?) throws -> ArtifactDiff? {
        let change: ChangeKind = old == nil ? .added : new == nil ? .removed : .changed
        var diff = ArtifactDiff(path: WirePath(path), change: change, old: old.map(PointerSummary.init), new: new.map(PointerSummary.init))
        var selected = selects(path)
        func note(_ entry: EntryChange) {
            switch entry.change {
            case .added: diff.added += 1
            case .removed: diff.removed += 1
            case .changed: diff.changed += 1
            }
            diff.addedBytes += entry.newSize ?? 0
            diff.removedBytes += entry.oldSize ?? 0
            if !request.summaryOnly { job.reporter.item(entry) }
        }
        if let entry = fileChange(path, old, new), selected { note(entry) }
        let trees = (old.flatMap { $0.kind == .tree ? $0 : nil }, new.flatMap { $0.kind == .tree ? $0 : nil })
        if trees.0 != nil || trees.1 != nil {
            try job.store.difference(trees.0, trees.1) { entry in
                try job.checkCancellation()
                let full = try RelativePath(bytes: path.bytes + [UInt8(ascii: "/")] + entry.path)
                guard selects(full) else { return }
                selected = true
                note(EntryChange(full, entry))
            }
        }
        // Paths inside the artifact may select nothing of what differs.
        return selected ? diff : nil
    }

    /// What becomes of the artifact as a file: it may have been one, or be one, or both.
    private func fileChange(_ path: RelativePath, _ old: Pointer?, _ new: Pointer?) -> EntryChange? {
        let (before, after) = (old.flatMap { $0.kind == .file ? $0 : nil }, new.flatMap { $0.kind == .file ? $0 : nil })
        guard before != nil || after != nil else { return nil }
        return EntryChange(
            path: WirePath(path), change: before == nil ? .added : after == nil ? .removed : .changed, oldSize: before?.size, newSize: after?.size,
            oldOid: before?.oid.description, newOid: after?.oid.description)
    }

    /// Whether what was asked for covers `path`, an artifact or an entry of one.
    private func selects(_ path: RelativePath) -> Bool {
        selection.isEmpty || selection.contains { path.isWithin($0) }
    }
}

extension EntryChange {
    fileprivate init(_ path: RelativePath, _ change: ManifestChange) {
        func oid(_ entry: ManifestEntry) -> String? { entry.isFile ? OID(entry.oid).description : nil }
        switch change {
        case .added(let new):
            self.init(path: WirePath(path), change: .added, newSize: new.size, newOid: oid(new))
        case .removed(let old):
            self.init(path: WirePath(path), change: .removed, oldSize: old.size, oldOid: oid(old))
        case .changed(let old, let new):
            self.init(path: WirePath(path), change: .changed, oldSize: old.size, newSize: new.size, oldOid: oid(old), newOid: oid(new))
        }
    }
}
