import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `tenon mv`: gives artifacts another path, with pointer, ignore lines, index entry and base. Data is renamed, never copied.
    package func move(_ request: MoveRequest, _ reporter: Reporter<MoveRequest>) async throws -> MoveRequest.Reply {
        try await writing(request, reporter) { job in
            let plan = try MovePlan(request, job: job)
            if !request.dryRun {
                try job.tree.requireFreeIndex()
                try job.tree.prepare()
                var move = Move(job: job, bases: plan.survey.bases)
                try move.execute(plan.relocations)
            }
            return MoveRequest.Reply(
                moved: plan.relocations.flatMap(\.items).map { MovedArtifact(from: WirePath($0.record.path), to: WirePath($0.to)) })
        }
    }
}

/// One `mv` at work. At every moment each artifact has a pointer beside its data, or a base that says so, and the data is ignored by Git:
/// ignore lines and bases of the new places, then for each artifact pointer, data, old pointer; then the old ignore lines, the index, the old bases.
private struct Move {
    let job: Job<MoveRequest>
    var bases: BaseTable
    private var ignoreFiles: Set<RelativePath> = []

    private var tree: WorkTree { job.tree }

    init(job: Job<MoveRequest>, bases: BaseTable) {
        self.job = job
        self.bases = bases
    }

    mutating func execute(_ relocations: [Relocation]) throws {
        for relocation in relocations {
            for item in relocation.items {
                if relocation.isDirectory { try tree.exclude(item.to) } else { try ignore(item.to) }
                bases[item.to] = item.base
            }
        }
        try tree.bases.save(bases)
        var done: [Relocation] = []
        do {
            for relocation in relocations {
                try job.checkCancellation()
                do {
                    try move(relocation)
                } catch {
                    takeBack(relocation)
                    throw error
                }
                done.append(relocation)
            }
        } catch {
            try? finish(done)
            throw error
        }
        try finish(done)
    }

    private func move(_ relocation: Relocation) throws {
        let places = try relocation.items.map { (from: try tree.place($0.record.path), to: try tree.place($0.to)) }
        if !relocation.isDirectory {
            for item in relocation.items { try tree.files.replace(try item.to.pointerPath, with: item.pointer) }
        }
        if try tree.files.kind(of: relocation.from) != .absent {
            try job.store.relocate(relocation.from, to: relocation.to, workTreeRoot: tree.path, artifacts: places)
        }
        if !relocation.isDirectory {
            for item in relocation.items { try tree.files.remove(try item.record.path.pointerPath) }
        }
    }

    /// After a rename that could not be done: what was written for it goes. What can't be taken back says of itself what it is.
    private mutating func takeBack(_ relocation: Relocation) {
        guard (try? tree.files.kind(of: relocation.from)) != .absent else { return }
        for item in relocation.items {
            if relocation.isDirectory {
                try? tree.unexclude(item.to)
            } else {
                if let file = try? item.to.pointerPath { try? tree.files.remove(file) }
                if let file = try? tree.unignore(item.to) { ignoreFiles.insert(file) }
            }
            bases[item.to] = nil
        }
    }

    private mutating func finish(_ done: [Relocation]) throws {
        for relocation in done {
            for item in relocation.items {
                if relocation.isDirectory {
                    try tree.unexclude(item.record.path)
                } else if let file = try tree.unignore(item.record.path) {
                    ignoreFiles.insert(file)
                }
                bases[item.record.path] = nil
            }
        }
        try tree.repository.updateIndex(done.flatMap(\.indexUpdates))
        // A .gitignore that is gone must not be staged unless Git knew it.
        let staged = try ignoreFiles.sorted().filter { try tree.files.kind(of: $0) != .absent || tree.isInIndex($0) }
        try tree.stageFiles(staged)
        try tree.bases.save(bases)
    }

    private mutating func ignore(_ artifact: RelativePath) throws {
        if let file = try tree.ignore(artifact) { ignoreFiles.insert(file) }
    }
}
